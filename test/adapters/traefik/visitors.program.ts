import { Agent, request } from 'node:http'
import type { ReplicaName } from './backend.program.ts'

/**
 * Visitors of `lantern.test` on the port given as first argument, until SIGTERM: then what is under way is finished
 * and one line of JSON says how many requests there were and which failed.
 */
const port = Number(process.argv[2])
const keepAlive = new Agent({ keepAlive: true, maxSockets: 4 })
const body = Buffer.alloc(10_240, 'x')
let isOver = false
let total = 0
const failed: string[] = []

/** Its last line, as JSON. */
export interface VisitorReport {
  total: number
  /** What went wrong, one per failed request. */
  failed: string[]
}

const replicas: readonly ReplicaName[] = ['blue', 'green']

interface Visit {
  path?: string
  agent?: Agent
  posted?: Buffer
}

async function visit({ path = '/', agent, posted }: Visit): Promise<void> {
  total += 1
  const outcome = await answerTo({ path, agent, posted }).catch((error: Error) => error.message)
  if (!replicas.some((name) => outcome === `${name} ${posted?.length ?? 0}`)) failed.push(outcome)
}

function answerTo({ path, agent, posted }: Visit): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      agent: agent ?? (false as const),
      headers: { host: 'lantern.test' },
    }
    const asking = request({ ...options, method: posted ? 'POST' : 'GET', timeout: 15_000 }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString()
      })
      response.on('end', () => resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.on('timeout', () => asking.destroy(new Error('no answer within 15 s')))
    asking.end(posted)
  })
}

async function repeat(kind: Visit, pauseMs: number): Promise<void> {
  while (!isOver) {
    await visit(kind)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

process.once('SIGTERM', () => {
  isOver = true
})
process.stdout.write('ready\n')
const kinds: Array<[Visit, number]> = [
  ...Array.from({ length: 4 }, (): [Visit, number] => [{ agent: keepAlive }, 4]),
  [{}, 5],
  [{}, 5],
  [{ posted: body }, 5],
  [{ posted: body, agent: keepAlive }, 5],
  ...Array.from({ length: 4 }, (_, index): [Visit, number] => [{ path: `/slow/${300 + index * 200}` }, 10]),
]
await Promise.all(kinds.map(([kind, pauseMs]) => repeat(kind, pauseMs)))
keepAlive.destroy()
process.stdout.write(`${JSON.stringify({ total, failed } satisfies VisitorReport)}\n`)
