import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What clients met that asked again and again, without retries. */
export interface LoadReport {
  total: number
  /** Of them those that take five seconds. */
  slow: number
  failed: number
  /** What went wrong, the first twenty. */
  reasons: string[]
  /** Good answers by release. */
  releases: Record<string, number>
}

export interface Load {
  /** Lets what is under way come to its end, and tells. */
  stop(): Promise<LoadReport>
}

export interface LoadPlan {
  port: number
  host: string
  /** Releases that may answer; anything else is a failure. */
  releases: string[]
}

interface Ask {
  agent?: Agent
  path?: string
  body?: Buffer
}

const timeoutMs = 15_000
/** Between two requests of a client, so that the limits of a small machine are not what is tested. */
const pauseMs = 20

/** About 60 % on kept connections, 20 % on new ones and 20 % posts of 10 KB, and twenty clients that take 5 s. */
function kinds(): Array<{ clients: number; ask: Ask }> {
  const agent = new Agent({ keepAlive: true })
  return [
    { clients: 6, ask: { agent } },
    { clients: 2, ask: {} },
    { clients: 2, ask: { agent, body: Buffer.alloc(10_000, 'oil') } },
    { clients: 20, ask: { agent, path: '/?ms=5000' } },
  ]
}

/** Mixed load on 127.0.0.1, from a process of its own; it runs when this resolves. */
export async function startLoad(plan: LoadPlan): Promise<Load> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(plan)], { execArgv: [] })
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  await once(child, 'message')
  return {
    async stop() {
      const told = once(child, 'message')
      child.send('stop')
      const [report] = (await told) as [LoadReport]
      process.off('exit', endWithUs)
      return report
    },
  }
}

async function work(plan: LoadPlan): Promise<void> {
  const report: LoadReport = { total: 0, slow: 0, failed: 0, reasons: [], releases: {} }
  const stopping = new AbortController()
  process.once('message', () => stopping.abort())
  process.once('disconnect', () => process.exit(1))
  const running = kinds().flatMap(({ clients, ask }) =>
    Array.from({ length: clients }, () => keepAsking(plan, ask, report, stopping.signal)),
  )
  process.send?.('ready')
  await Promise.all(running)
  process.removeAllListeners('disconnect')
  process.send?.(report, () => process.exit(0))
}

async function keepAsking(plan: LoadPlan, ask: Ask, report: LoadReport, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    report.total += 1
    if (ask.path !== undefined) report.slow += 1
    try {
      const release = await askOnce(plan, ask)
      report.releases[release] = (report.releases[release] ?? 0) + 1
    } catch (error) {
      report.failed += 1
      if (report.reasons.length < 20) report.reasons.push(String(error))
    }
    await wait(pauseMs)
  }
}

/** The release that answered well; rejects with what went wrong. */
async function askOnce({ port, host, releases }: LoadPlan, { agent, path = '/', body }: Ask): Promise<string> {
  const method = body === undefined ? 'GET' : 'POST'
  const headers = { host, ...(body === undefined ? {} : { 'content-length': String(body.length) }) }
  const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: agent ?? false })
  const timer = setTimeout(() => asking.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    asking.end(body)
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    let text = ''
    for await (const piece of response) text += String(piece)
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.slice(0, 100)}`)
    const answer = JSON.parse(text) as { release: string; bytes: number }
    if (!releases.includes(answer.release)) throw new Error(`the release ${answer.release} answered`)
    if (answer.bytes !== (body?.length ?? 0)) throw new Error(`the app received ${answer.bytes} bytes`)
    return answer.release
  } finally {
    clearTimeout(timer)
  }
}

const [, started, plan] = process.argv
if (started === fileURLToPath(import.meta.url) && plan !== undefined) void work(JSON.parse(plan) as LoadPlan)
