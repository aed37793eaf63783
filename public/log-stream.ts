/** A browser gives a stream up for ever when it is answered with an error; we ask again, ever more rarely. */
const againMs = 1_000
const againMaxMs = 30_000

interface Sink {
  append(html: string): void
  /** The log is complete; the message is what stands under it. */
  end(html: string): void
}

/**
 * Follows a log for as long as its viewer is on the page. The number of the last line goes along when the stream is
 * opened again, so no line is missing and none comes twice.
 */
export function openLogStream(viewer: HTMLElement, address: string, sink: Sink): void {
  const frame = gatherInFrame(sink.append)
  let source: EventSource | undefined
  let last = ''
  let again = 0
  let wait = againMs

  const stop = () => {
    clearTimeout(again)
    source?.close()
    source = undefined
  }
  const leave = () => {
    stop()
    document.removeEventListener('visibilitychange', look)
  }
  const open = () => {
    const url = new URL(address, location.href)
    if (last !== '') url.searchParams.set('after', last)
    source = new EventSource(url)
    source.onopen = () => {
      wait = againMs
    }
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return
      stop()
      again = window.setTimeout(look, wait)
      wait = Math.min(againMaxMs, wait * 2)
    }
    source.onmessage = (message) => {
      if (!viewer.isConnected) return leave()
      last = message.lastEventId
      frame.add(message.data)
    }
    source.addEventListener('end', (message) => {
      leave()
      frame.flush()
      sink.end(message.data)
    })
  }
  // A browser allows six connections to a host: pages that nobody looks at hold none.
  function look(): void {
    if (!viewer.isConnected) leave()
    else if (document.hidden) stop()
    else if (source === undefined) open()
  }
  document.addEventListener('visibilitychange', look)
  look()
}

/** What arrives within one frame is appended at once. Frames stand still in a hidden page; nothing is drawn then. */
function gatherInFrame(append: (html: string) => void) {
  let waiting = ''
  let frame = 0
  const flush = () => {
    frame = 0
    const html = waiting
    waiting = ''
    if (html !== '') append(html)
  }
  return {
    flush,
    add(html: string): void {
      waiting += html
      if (frame === 0) frame = requestAnimationFrame(flush)
    },
  }
}
