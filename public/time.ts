const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Keeps "2 h ago" and running clocks true between two messages of the server. */
export function startTimes(): void {
  setInterval(() => {
    if (!document.hidden) tick()
  }, second)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) tick()
  })
}

function tick(): void {
  const now = Date.now()
  for (const element of document.querySelectorAll<HTMLElement>('[data-clock]')) {
    say(element, clock(now - Number(element.dataset.clock)))
  }
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-ago]')) {
    const at = Date.parse(element.dateTime)
    say(element, ago(at, now))
    const title = `${localDate(at)} ${localTime(at)} (${element.dateTime.slice(0, 19).replace('T', ' ')} UTC)`
    if (element.title !== title) element.title = title
  }
}

function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / second))
  const two = (part: number) => String(part).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

function ago(at: number, now: number): string {
  const age = now - at
  if (age < 5 * second) return 'just now'
  if (age < minute) return `${Math.floor(age / second)} s ago`
  if (age < hour) return `${Math.floor(age / minute)} min ago`
  if (age < day) return `${Math.floor(age / hour)} h ago`
  if (age < 2 * day) return 'yesterday'
  if (age < 30 * day) return `${Math.floor(age / day)} days ago`
  return localDate(at)
}

/** How long a step took, as the server says it. */
export function duration(ms: number): string {
  if (ms < 0) return '0 s'
  if (ms < 9950) return `${(ms / second).toFixed(1).replace(/\.0$/, '')} s`
  if (ms < minute) return `${Math.min(59, Math.round(ms / second))} s`
  const seconds = Math.floor(ms / second)
  if (ms < hour) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.floor(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** The reader's own day. */
function localDate(at: number): string {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The reader's own time of day. */
export function localTime(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
