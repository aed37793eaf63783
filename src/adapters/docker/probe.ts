import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProbeCheck, ProbeResult } from '../../ports/container-engine.ts'

const maxBodyBytes = 200
/** A port that refuses costs the program nothing: for this long it is asked again, so that its opening is seen. */
const refusedForMs = 100
const askAgainMs = 4

/** One readiness check, each try on a connection of its own. What goes wrong is an answer. */
export async function probe(address: string, check: ProbeCheck): Promise<ProbeResult> {
  const until = performance.now() + Math.min(refusedForMs, check.timeoutMs)
  for (;;) {
    const result = await probeOnce(address, check)
    if (result.kind !== 'refused' || performance.now() >= until) return result
    await sleep(askAgainMs)
  }
}

function probeOnce(address: string, check: ProbeCheck): Promise<ProbeResult> {
  return check.path === undefined ? probePort(address, check) : probePath(address, check, check.path)
}

function probePort(address: string, check: ProbeCheck): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: check.port })
    const finish = (result: ProbeResult) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => finish({ kind: 'no_answer' }), check.timeoutMs)
    socket.once('connect', () => finish({ kind: 'ready' }))
    socket.on('error', (error) => finish(resultOf(error)))
  })
}

function probePath(address: string, check: ProbeCheck, path: string): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const outgoing = request({
      host: address,
      port: check.port,
      path: requestPath(path),
      agent: false,
      headers: { Host: check.host, 'User-Agent': 'handcar-probe', Accept: '*/*', Connection: 'close' },
    })
    const finish = (result: ProbeResult) => {
      clearTimeout(timer)
      outgoing.destroy()
      resolve(result)
    }
    let whenLate = () => finish({ kind: 'no_answer' })
    const timer = setTimeout(() => whenLate(), check.timeoutMs)
    outgoing.on('error', (error) => finish(resultOf(error)))
    outgoing.once('response', (answer) => {
      const status = answer.statusCode ?? 0
      if (status >= 200 && status <= 299) {
        finish({ kind: 'ready' })
        return
      }
      let body = Buffer.alloc(0)
      const finishBad = () =>
        finish({ kind: 'bad_status', status, body: body.subarray(0, maxBodyBytes).toString('utf8') })
      whenLate = finishBad
      answer.on('data', (part: Buffer) => {
        body = Buffer.concat([body, part])
        if (body.length >= maxBodyBytes) finishBad()
      })
      // A body that breaks off is still a status.
      answer.once('close', finishBad)
      answer.on('error', finishBad)
    })
    outgoing.end()
  })
}

/** A path as it may stand in a request line: begins with a slash, nothing but printable ASCII. */
function requestPath(path: string): string {
  const escaped = path.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()))
  return escaped.startsWith('/') ? escaped : `/${escaped}`
}

function resultOf(error: Error): ProbeResult {
  return 'code' in error && error.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'no_answer' }
}
