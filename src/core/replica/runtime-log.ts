import { appendFile, mkdir, readFile, stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorText, ifAbsent } from '../../kernel/errors.ts'
import type { OutputLine } from '../../ports/container-engine.ts'
import type { Ctx } from '../ctx.ts'
import { topics } from '../ctx.ts'
import { redactorFor } from '../release/redactor.ts'
import type { Service } from '../service/service.ts'
import type { Replica } from './replica.ts'
import { presentReplicas } from './store.ts'

/** Lines kept of each replica that is over, and how large the file of a deployment may grow. */
const keptLines = 200
const keptBytesMax = 2 * 1024 * 1024
/** An engine that stops in the middle of a log is not waited for longer. */
export const readMs = 15_000
const lineLengthMax = 16 * 1024
/** Lines of a replica that wait for a slow reader; what comes beyond them is left out. */
const tapLines = 5_000
/** Deployments whose last lines the log of a service shows, beside those that run. */
const newestShown = 3
/** Followers look for other replicas after this long even when nobody told them. */
const lookAgainMs = 5_000

export interface RuntimeLine {
  /** Milliseconds since the epoch. */
  at: number
  /** Short name of the replica, the same in every line of it. */
  replica: string
  stream: 'stdout' | 'stderr'
  text: string
}

export interface RuntimeLogOptions {
  /** Only of this deployment; otherwise of the newest few and of all whose replicas are there. */
  deploymentNumber?: number
  lastLines: number
}

/** Output of the app over all its replicas, with the kept last lines of those that are over; oldest first. */
export async function readRuntimeLog(ctx: Ctx, service: Service, options: RuntimeLogOptions): Promise<RuntimeLine[]> {
  const deploymentIds = await deploymentsOf(ctx, service, options.deploymentNumber)
  const redact = await redactorFor(ctx, service.instanceId, deploymentIds)
  const kept = await Promise.all(deploymentIds.map((id) => readKept(ctx, id)))
  const replicas = await runningOf(ctx, service, deploymentIds)
  const current = await Promise.all(replicas.map((replica) => outputOf(ctx, replica, options.lastLines)))
  return [...kept.flat(), ...current.flat()]
    .sort((one, other) => one.at - other.at)
    .slice(-options.lastLines)
    .map((line) => ({ ...line, text: redact(line.text) }))
}

/** First what {@link readRuntimeLog} gives, then each new line of every replica, also of ones that start later. */
export async function* followRuntimeLog(
  ctx: Ctx,
  service: Service,
  options: RuntimeLogOptions & { signal: AbortSignal },
): AsyncIterable<RuntimeLine> {
  const begun = ctx.clock.now()
  const shown = await readRuntimeLog(ctx, service, options)
  yield* shown
  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const taps = openTaps(ctx, { begun, shown, signal })
  try {
    while (!signal.aborted) {
      const deploymentIds = await deploymentsOf(ctx, service, options.deploymentNumber)
      const redact = await redactorFor(ctx, service.instanceId, deploymentIds)
      for (const replica of await runningOf(ctx, service, deploymentIds)) taps.open(replica)
      const look = new AbortController()
      const news = ctx.bus.next(
        topics.instance(service.instanceId),
        lookAgainMs,
        AbortSignal.any([signal, look.signal]),
      )
      news.finally(() => look.abort())
      for await (const line of taps.lines(look.signal)) yield { ...line, text: redact(line.text) }
      look.abort()
    }
  } finally {
    ending.abort()
  }
}

/** Lines that come from several replicas at once, each told once: also after a replica was started again. */
function openTaps(ctx: Ctx, from: { begun: number; shown: readonly RuntimeLine[]; signal: AbortSignal }) {
  const waiting: RuntimeLine[] = []
  const open = new Set<string>()
  const marks = marksOf(from.shown)
  let wake: () => void = () => undefined

  async function pump(replica: Replica): Promise<void> {
    const short = shortName(replica.id)
    const isNew = replica.createdAt >= from.begun
    const mark = marks.get(short) ?? { at: isNew ? 0 : from.begun, count: 0 }
    marks.set(short, mark)
    let sameTime = 0
    const known = { ...mark }
    for await (const line of ctx.engine.logs(replica.id, { tail: tapLines, follow: true, signal: from.signal })) {
      if (line.at < known.at) continue
      if (line.at === known.at && sameTime++ < known.count) continue
      mark.count = line.at === mark.at ? mark.count + 1 : 1
      mark.at = line.at
      if (waiting.length < tapLines) waiting.push(toRuntimeLine(replica.id, line))
      wake()
    }
  }

  return {
    /** Begins with a replica, or again with one whose output had ended. */
    open(replica: Replica): void {
      if (open.has(replica.id) || replica.startedAt === undefined) return
      open.add(replica.id)
      pump(replica)
        .catch((error: unknown) => ctx.log.debug({ error: errorText(error) }, 'following a runtime log ended'))
        .finally(() => open.delete(replica.id))
    },
    /** What waits and what comes, until the signal aborts. */
    async *lines(signal: AbortSignal): AsyncIterable<RuntimeLine> {
      signal.addEventListener('abort', () => wake(), { once: true })
      for (;;) {
        for (let line = waiting.shift(); line; line = waiting.shift()) yield line
        if (signal.aborted) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

interface Mark {
  /** Time of the last line told of a replica, and how many of that very time were told. */
  at: number
  count: number
}

function marksOf(lines: readonly RuntimeLine[]): Map<string, Mark> {
  const marks = new Map<string, Mark>()
  for (const { replica, at } of lines) {
    const before = marks.get(replica)
    marks.set(replica, { at, count: before?.at === at ? before.count + 1 : 1 })
  }
  return marks
}

/** Keeps the last lines of a replica before it is taken away. */
export async function keepOutput(ctx: Ctx, replica: Replica): Promise<void> {
  const lines = await outputOf(ctx, replica, keptLines)
  if (lines.length === 0) return
  const redact = await redactorFor(ctx, replica.instanceId, [replica.deploymentId])
  const path = keptPath(ctx, replica.deploymentId)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const size = (await stat(path).catch(ifAbsent))?.size ?? 0
  if (size > keptBytesMax) await truncate(path, 0)
  await appendFile(path, lines.map((line) => keptLine(line, redact)).join(''), { mode: 0o600 })
}

export function keptPath(ctx: Ctx, deploymentId: string): string {
  return join(ctx.config.dataDirectory, 'logs', `${deploymentId}.runtime.log`)
}

async function readKept(ctx: Ctx, deploymentId: string): Promise<RuntimeLine[]> {
  const text = await readFile(keptPath(ctx, deploymentId), 'utf8').catch(ifAbsent)
  if (text === undefined) return []
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap(parseKept)
}

/** A line that a full disk or a crash has torn is left out; the others are still worth reading. */
function parseKept(line: string): RuntimeLine[] {
  try {
    return [JSON.parse(line) as RuntimeLine]
  } catch {
    return []
  }
}

async function outputOf(ctx: Ctx, replica: Replica, tail: number): Promise<RuntimeLine[]> {
  const lines: RuntimeLine[] = []
  const signal = AbortSignal.timeout(readMs)
  for await (const line of ctx.engine.logs(replica.id, { tail, follow: false, signal })) {
    lines.push(toRuntimeLine(replica.id, line))
  }
  return lines
}

function toRuntimeLine(replicaId: string, line: OutputLine): RuntimeLine {
  const text = line.text.length > lineLengthMax ? `${line.text.slice(0, lineLengthMax)} [line cut at 16 KB]` : line.text
  return { at: line.at, replica: shortName(replicaId), stream: line.stream, text }
}

function shortName(replicaId: string): string {
  return replicaId.slice(-6)
}

function keptLine(line: RuntimeLine, redact: (text: string) => string): string {
  return `${JSON.stringify({ ...line, text: redact(line.text) })}\n`
}

/** Replicas whose output the engine still has. */
async function runningOf(ctx: Ctx, service: Service, deploymentIds: readonly string[]): Promise<Replica[]> {
  const present = await presentReplicas(ctx.db, service.instanceId)
  return present.filter((replica) => deploymentIds.includes(replica.deploymentId) && replica.state !== 'crashed')
}

async function deploymentsOf(ctx: Ctx, service: Service, number: number | undefined): Promise<string[]> {
  const all = ctx.db.selectFrom('deployment').select('id').where('instanceId', '=', service.instanceId)
  const asked =
    number === undefined
      ? all.where('releaseId', 'is not', null).orderBy('number', 'desc').limit(newestShown)
      : all.where('number', '=', number)
  const ids = (await asked.execute()).map(({ id }) => id)
  if (number !== undefined) return ids
  // What is live may be older than several that failed.
  const present = await presentReplicas(ctx.db, service.instanceId)
  return [...new Set([...ids, ...present.map(({ deploymentId }) => deploymentId)])]
}
