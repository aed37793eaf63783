/** Strokes on a 16 px grid, drawn for Handcar. Only those in use. */
const strokes = {
  back: ['M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6', 'M5.5 4 3 6.5 5.5 9'],
  box: ['m8 2 5.2 3v6L8 14l-5.2-3V5L8 2Z', 'M8 8v6M8 8l5-2.9M8 8 3 5.1'],
  check: ['m3.5 8.5 3 3 6-7'],
  clock: ['M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0Z', 'M8 5v3.2l2 1.3'],
  copy: ['M5.5 5.5h7.5v7.5h-7.5z', 'M10.5 5.5v-2.5h-7.5v7.5h2.5'],
  dots: ['M3.4 8h.2M7.9 8h.2M12.4 8h.2'],
  down: ['M8 3v9.5M4.5 9 8 12.5 11.5 9'],
  download: ['M8 3v7M5 7.2 8 10l3-2.8M3.5 13h9'],
  eye: [
    'M1.8 8s2.2-4.2 6.2-4.2 6.2 4.2 6.2 4.2-2.2 4.2-6.2 4.2-6.2-4.2-6.2-4.2Z',
    'M8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z',
  ],
  external: ['M9.5 3.5h3v3M12.5 3.5l-5 5', 'M6.5 4.5h-3v8h8v-3'],
  gear: [
    'M10.1 8a2.1 2.1 0 1 1-4.2 0 2.1 2.1 0 0 1 4.2 0Z',
    'M8 2v1.8M8 12.2V14M14 8h-1.8M3.8 8H2M12.2 3.8 11 5M5 11l-1.2 1.2M12.2 12.2 11 11M5 5 3.8 3.8',
  ],
  git: [
    'M6 4a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0Z',
    'M6 12a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0Z',
    'M13 6a1.5 1.5 0 1 1-3 0 1.5 1.5 0 0 1 3 0Z',
    'M4.5 5.5v5M11.5 7.5c0 2.5-3 2-5.7 3.3',
  ],
  globe: [
    'M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0Z',
    'M2.5 8h11M8 2.5c2.2 2.4 2.2 8.6 0 11-2.2-2.4-2.2-8.6 0-11Z',
  ],
  key: ['M8.2 10.5a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0Z', 'M7.5 8.5 13 3M10.5 5.5l2 2'],
  list: ['M6 4h7.5M6 8h7.5M6 12h7.5M3 4h.01M3 8h.01M3 12h.01'],
  plus: ['M8 3.5v9M3.5 8h9'],
  restart: ['M13 8a5 5 0 1 1-1.5-3.6', 'M13 2.8v2.4h-2.4'],
  right: ['m6.5 4.5 3.5 3.5-3.5 3.5'],
  shield: ['M8 2.5 13 4.3v3.9c0 2.8-2.1 4.7-5 5.6-2.9-.9-5-2.8-5-5.6V4.3L8 2.5Z'],
  stop: ['M4.5 4.5h7v7h-7z'],
  terminal: ['M2 3h12v10H2z', 'M4.8 6.2l2 1.8-2 1.8M8.5 10h2.7'],
  trash: ['M3 4.5h10M6 4.5v-1.5h4v1.5M4.5 4.5l.5 8.5h6l.5-8.5'],
  up: ['m4.5 9.5 3.5-3.5 3.5 3.5'],
  user: ['M10.6 5.5a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0Z', 'M3 13.5c.4-2.6 2.5-4 5-4s4.6 1.4 5 4'],
  warn: ['M8 2.8 14 13H2L8 2.8Z', 'M8 6.8v3M8 11.4h.01'],
  wrap: ['M2.5 4h11M2.5 8h8.5a2 2 0 0 1 0 4H8M2.5 12h2.5', 'M9.5 10.5 8 12l1.5 1.5'],
  x: ['m4.5 4.5 7 7m0-7-7 7'],
} satisfies Record<string, string[]>

export type IconName = keyof typeof strokes

/** Always beside words, or in a control that has an `aria-label`. */
export function Icon({ name, small, extra = '' }: { name: IconName; small?: boolean; extra?: string }) {
  return (
    <svg class={['i', small ? 'sm' : '', extra].filter(Boolean).join(' ')} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  )
}

/** Once a page, before the first icon. */
export function IconSprite() {
  return (
    <svg width="0" height="0" hidden aria-hidden="true">
      {Object.entries(strokes).map(([name, paths]) => (
        <symbol id={`i-${name}`} viewBox="0 0 16 16">
          <path d={paths.join('')} />
        </symbol>
      ))}
    </svg>
  )
}

/** The handcar: a pump lever over two wheels. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" fill="none" stroke="url(#logo-ink)" aria-hidden="true">
      <linearGradient id="logo-ink" x1="0" y1="0" x2="28" y2="28" gradientUnits="userSpaceOnUse">
        <stop offset="0" stop-color="#818cf8" />
        <stop offset=".55" stop-color="#a855f7" />
        <stop offset="1" stop-color="#22d3ee" />
      </linearGradient>
      <path d="M4 9.2 24 4.6M3.5 17h21" stroke-width="2.4" stroke-linecap="round" />
      <path d="M14 7v9.5M10.5 16.5 14 10l3.5 6.5" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
      <circle cx="8.5" cy="22" r="2.7" stroke-width="2" />
      <circle cx="19.5" cy="22" r="2.7" stroke-width="2" />
      <path d="M2.6 7.6 5 11M22.6 3.2l2.6 3.2" stroke-width="1.8" stroke-linecap="round" />
    </svg>
  )
}
