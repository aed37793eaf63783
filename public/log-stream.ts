/** A browser gives a stream up for ever when it is answered with an error; we ask again, ever more rarely. */
const againMs = 1_000
const againMaxMs = 30_000

interface Sink {
  append(html: string): void
  /** The log is complete; the message is what stands under it. */
  end(html: string): void
}

/**
 * Follows a log for as long as its viewer is on the page. What arrives within one frame is appended at once. The
 * number of the last line goes along when the stream is opened again, so no line is missing and none comes twice.
 */
export function openLogStream(viewer: HTMLElement, address: string, sink: Sink): void {
  let source: EventSource | undefined
  let last = ''
  let waiting = ''
  let frame = 0
  let again = 0
  let wait = againMs

  const flush = () => {
    frame = 0
    const html = waiting
    waiting = ''
    if (html !== '') sink.append(html)
  }
  const stop = () => {
    clearTimeout(again)
    source?.close()
    source = undefined
  }
  const end = (html: string) => {
    stop()
    document.removeEventListener('visibilitychange', seen)
    flush()
    sink.end(html)
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
      if (!viewer.isConnected) return
      again = window.setTimeout(seen, wait)
      wait = Math.min(againMaxMs, wait * 2)
    }
    source.onmessage = (message) => {
      if (!viewer.isConnected) {
        stop()
        return
      }
      last = message.lastEventId
      waiting += message.data
      // Frames stand still in a hidden page; then nothing needs to be drawn either.
      if (frame === 0) frame = requestAnimationFrame(flush)
    }
    source.addEventListener('end', (message) => end(message.data))
  }
  // A browser allows six connections to a host: pages that nobody looks at hold none.
  const seen = () => {
    if (!viewer.isConnected) {
      stop()
      document.removeEventListener('visibilitychange', seen)
    } else if (document.hidden) stop()
    else if (source === undefined) open()
  }
  document.addEventListener('visibilitychange', seen)
  if (!document.hidden) open()
}
