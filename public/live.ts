import { localTime } from './time.ts'

/** Said when nothing was heard for this long; the server says something every 20 s. */
const silenceMs = 50_000
/** A stream that was opened says something at once; one that does not is a page of another kind, the sign-in. */
const answerMs = 8_000
/** A short break is not worth a word. */
const graceMs = 5_000

/** Tells when the page no longer shows how things are: a strip on top and grey dots, until the stream is back. */
export function startLive(): void {
  const strip = document.getElementById('connection')
  if (strip === null || document.querySelector('[data-live]') === null) return
  let heardAt = Date.now()
  let isConnected = true
  let lostAt: number | undefined
  let askedAt: number | undefined

  const heard = () => {
    heardAt = Date.now()
    isConnected = true
    lostAt = undefined
    show(strip, undefined)
  }
  document.addEventListener('htmx:sse:after:connection', () => {
    askedAt ??= Date.now()
  })
  document.addEventListener('htmx:sse:after:message', () => {
    askedAt = undefined
    heard()
  })
  document.addEventListener('htmx:sse:before:connection', () => {
    if (!document.hidden && isConnected && Date.now() - heardAt > 1_000) isConnected = false
  })
  document.addEventListener('htmx:sse:error', () => {
    isConnected = false
  })
  document.addEventListener('title', (event) => {
    if (isTold(event)) document.title = event.detail.data
  })
  document.addEventListener('gone', () => reload())
  // What somebody is typing is not thrown away: the strip says that the page stands still.
  const reload = () => {
    if (!holdsTyping()) location.reload()
    isConnected = false
  }
  setInterval(() => {
    // A hidden page closes its stream by itself.
    if (document.hidden) {
      heardAt = Date.now()
      askedAt = undefined
      return
    }
    if (askedAt !== undefined && Date.now() - askedAt > answerMs) reload()
    const isSilent = Date.now() - heardAt > silenceMs
    if (isConnected && !isSilent) return
    lostAt ??= isSilent ? heardAt : Date.now()
    if (Date.now() - lostAt > graceMs) show(strip, lostAt)
  }, 1_000)
}

function show(strip: HTMLElement, lostAt: number | undefined): void {
  document.body.classList.toggle('stale', lostAt !== undefined)
  const text = lostAt === undefined ? '' : `Live updates stopped at ${localTime(lostAt)}. Reconnecting…`
  if (strip.textContent !== text) strip.textContent = text
  strip.hidden = lostAt === undefined
}

function holdsTyping(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('main input, main textarea')
  return [...fields].some((field) => field.value !== field.defaultValue)
}

function isTold(event: Event): event is CustomEvent<{ data: string }> {
  return event instanceof CustomEvent && typeof event.detail?.data === 'string'
}
