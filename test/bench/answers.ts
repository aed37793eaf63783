import { connect } from 'node:net'

/** How often a new connection asks. */
const everyMs = 5
/** Connections that have not answered yet; a server that hangs does not pile them up. */
const openMax = 40
const giveUpAfterMs = 10_000

export interface Target {
  address: string
  port: number
  /** Sent as `Host`. */
  host: string
}

export interface Watch {
  /** `performance.now()` when an answer with status 200 and the version had come in whole. */
  answered: Promise<number>
  stop(): void
}

/**
 * Asks every 5 ms on a new connection until an answer of this version has come; bare sockets, so that asking costs
 * as little as possible of what is measured.
 */
export function watchFor(target: Target, version: string, timeoutMs: number): Watch {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const wanted = `"version":${JSON.stringify(version)}`
  let open = 0
  let last = 'nothing answered'
  const ask = () => {
    if (open >= openMax) return
    open += 1
    askOnce(target, (answer) => {
      open -= 1
      if (answer.startsWith('HTTP/1.1 200 ') && answer.includes(wanted)) finish()
      else if (answer !== '') last = answer.slice(0, 200)
    })
  }
  const timer = setInterval(ask, everyMs)
  const deadline = setTimeout(() => {
    stop()
    reject(new Error(`${target.host} did not answer as ${version} within ${timeoutMs} ms; the last answer: ${last}`))
  }, timeoutMs)
  const stop = () => {
    clearInterval(timer)
    clearTimeout(deadline)
  }
  const finish = () => {
    stop()
    resolve(performance.now())
  }
  ask()
  promise.catch(() => undefined)
  return { answered: promise, stop }
}

/** The whole answer as text; empty when there was none. */
function askOnce({ address, port, host }: Target, tell: (answer: string) => void): void {
  const socket = connect({ host: address, port, noDelay: true })
  let answer = ''
  socket.setEncoding('latin1')
  socket.setTimeout(giveUpAfterMs, () => socket.destroy())
  socket.once('connect', () => socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
  socket.on('data', (text: string) => {
    answer += text
  })
  // Refused and reset connections are what we wait out.
  socket.on('error', () => socket.destroy())
  socket.once('close', () => tell(answer))
}
