import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { slowMs } from './sample-app.ts'

/** How a visitor asks. */
export type Kind = 'kept' | 'new' | 'post' | 'slow'

export interface Visit {
  kind: Kind
  /** Milliseconds since the epoch. */
  startedAt: number
  endedAt: number
  /** Why it counts as failed. */
  failure: string | undefined
}

/** How many of each kind, and how long one of them waits between two starts: 60 %, 20 % and 20 % of the short ones. */
export const crowd: Record<Kind, { visitors: number; everyMs: number }> = {
  kept: { visitors: 12, everyMs: 100 },
  new: { visitors: 4, everyMs: 100 },
  post: { visitors: 4, everyMs: 100 },
  slow: { visitors: 20, everyMs: slowMs },
}

/** An answer later than this is a failure. */
const lateMs = 15_000
const postBytes = 10 * 1024

export interface Destination {
  port: number
  host: string
}

export interface Crowd {
  /** Versions that may answer from now on. */
  allow(versions: readonly string[]): void
  /** Nobody asks any more; resolves when the last answer is in. */
  leave(): Promise<void>
}

/**
 * Asks an app on this machine without end, at a bounded rate and without ever asking again for what failed.
 * Failed is a reset or refused connection, a status that is not 2xx, an answer later than 15 s, one that breaks off,
 * and a body that none of the allowed versions has written.
 */
export function sendCrowd(destination: Destination, tell: (visit: Visit) => void): Crowd {
  const kept = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  let allowed: readonly string[] = []
  let isOver = false

  async function visitor(kind: Kind, everyMs: number): Promise<void> {
    await wait(Math.random() * everyMs)
    while (!isOver) {
      const began = performance.now()
      const startedAt = Date.now()
      const mayAnswer = new Set(allowed)
      const failure = await ask(destination, kind, kind === 'kept' ? kept : false).then(
        (body) => faultOf(body, kind, new Set([...mayAnswer, ...allowed])),
        (error: Error) => ('code' in error ? `${String(error.code)}: ${error.message}` : error.message),
      )
      tell({ kind, startedAt, endedAt: Date.now(), failure })
      await wait(Math.max(0, began + everyMs - performance.now()))
    }
  }

  const kinds = Object.entries(crowd) as Array<[Kind, (typeof crowd)[Kind]]>
  let started: Promise<unknown> | undefined
  return {
    allow(versions) {
      allowed = versions
      started ??= Promise.all(
        kinds.flatMap(([kind, { visitors, everyMs }]) =>
          Array.from({ length: visitors }, () => visitor(kind, everyMs)),
        ),
      )
    },
    async leave() {
      isOver = true
      await started
      kept.destroy()
    },
  }
}

/** The body of a 2xx answer; everything else throws. */
function ask({ port, host }: Destination, kind: Kind, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${lateMs} ms`)), lateMs)
    const body = kind === 'post' ? Buffer.alloc(postBytes, 'x') : undefined
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      agent,
      method: body ? 'POST' : 'GET',
      path: kind === 'slow' ? '/slow' : '/',
      headers: { Host: host, ...(body && { 'Content-Length': String(body.length) }) },
    })
    outgoing.once('error', reject)
    outgoing.once('close', () => clearTimeout(late))
    outgoing.once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => {
        text += piece
      })
      answer.once('error', reject)
      answer.once('end', () => {
        const status = answer.statusCode ?? 0
        if (status >= 200 && status <= 299) resolve(text)
        else reject(new Error(`status ${status}`))
      })
    })
    outgoing.end(body)
  })
}

function faultOf(body: string, kind: Kind, allowed: ReadonlySet<string>): string | undefined {
  const [, version] = /"version":"([^"]*)"/.exec(body) ?? []
  if (version === undefined || !allowed.has(version)) return `a body of neither release: ${body.slice(0, 80)}`
  const wanted = kind === 'post' ? postBytes : 0
  return body.includes(`"bytes":${wanted},`) ? undefined : `not all of the body arrived: ${body.slice(0, 80)}`
}
