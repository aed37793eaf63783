import { appendFile, mkdir, readFile, stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createRedactor } from '../../kernel/redact.ts'
import type { OutputLine } from '../../ports/container-engine.ts'
import type { Ctx } from '../ctx.ts'
import { topics } from '../ctx.ts'
import type { Service } from '../service/service.ts'
import { variablesOf } from '../variable/read.ts'
import type { Replica } from './replica.ts'
import { presentReplicas } from './store.ts'

/** Lines kept of each replica that is over, and how large the file of a deployment may grow. */
const keptLines = 200
const keptBytesMax = 2 * 1024 * 1024
const lineLengthMax = 16 * 1024

export interface RuntimeLine {
  /** Milliseconds since the epoch. */
  at: number
  /** Short name of the replica, the same in every line of it. */
  replica: string
  stream: 'stdout' | 'stderr'
  text: string
}

export interface RuntimeLogOptions {
  /** Only of this deployment; otherwise of all whose replicas are there, and of the newest if none is. */
  deploymentNumber?: number
  lastLines: number
}

/** Output of the app over all its replicas, with the kept last lines of those that are over; oldest first. */
export async function readRuntimeLog(ctx: Ctx, service: Service, options: RuntimeLogOptions): Promise<RuntimeLine[]> {
  const redact = await redactorOf(ctx, service)
  const deploymentIds = await deploymentsOf(ctx, service, options.deploymentNumber)
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
  const redact = await redactorOf(ctx, service)
  const begun = ctx.clock.now()
  yield* await readRuntimeLog(ctx, service, options)
  const lines: RuntimeLine[] = []
  const followed = new Set<string>()
  const waking = new AbortController()
  const signal = AbortSignal.any([options.signal, waking.signal])
  let wake: () => void = () => undefined
  const pump = async (replica: Replica) => {
    for await (const line of ctx.engine.logs(replica.id, { tail: 0, follow: true, signal })) {
      if (line.at >= begun && lines.length < 5_000) lines.push(toRuntimeLine(replica.id, line))
      wake()
    }
  }
  try {
    while (!options.signal.aborted) {
      const deploymentIds = await deploymentsOf(ctx, service, options.deploymentNumber)
      for (const replica of await runningOf(ctx, service, deploymentIds)) {
        if (followed.has(replica.id) || replica.startedAt === undefined) continue
        followed.add(replica.id)
        pump(replica).catch((error: unknown) => {
          followed.delete(replica.id)
          ctx.log.debug({ error: String(error) }, 'following a runtime log ended')
        })
      }
      for (const line of lines.splice(0)) yield { ...line, text: redact(line.text) }
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      await Promise.race([woken, ctx.bus.next(topics.instance(service.instanceId), 5_000, signal)])
    }
  } finally {
    waking.abort()
  }
}

/** Keeps the last lines of a replica before it is taken away. */
export async function keepOutput(ctx: Ctx, replica: Replica): Promise<void> {
  const lines = await outputOf(ctx, replica, keptLines)
  if (lines.length === 0) return
  const path = keptPath(ctx, replica.deploymentId)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const size = (await stat(path).catch(absent))?.size ?? 0
  if (size > keptBytesMax) await truncate(path, 0)
  await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
}

export function keptPath(ctx: Ctx, deploymentId: string): string {
  return join(ctx.config.dataDirectory, 'logs', `${deploymentId}.runtime.log`)
}

async function readKept(ctx: Ctx, deploymentId: string): Promise<RuntimeLine[]> {
  const text = await readFile(keptPath(ctx, deploymentId), 'utf8').catch(absent)
  if (text === undefined) return []
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as RuntimeLine)
}

async function outputOf(ctx: Ctx, replica: Replica, tail: number): Promise<RuntimeLine[]> {
  const lines: RuntimeLine[] = []
  for await (const line of ctx.engine.logs(replica.id, { tail, follow: false })) {
    lines.push(toRuntimeLine(replica.id, line))
  }
  return lines
}

function toRuntimeLine(replicaId: string, line: OutputLine): RuntimeLine {
  const text = line.text.length > lineLengthMax ? `${line.text.slice(0, lineLengthMax)} [line cut at 16 KB]` : line.text
  return { at: line.at, replica: replicaId.slice(-6), stream: line.stream, text }
}

/** Replicas whose output the engine still has. */
async function runningOf(ctx: Ctx, service: Service, deploymentIds: readonly string[]): Promise<Replica[]> {
  const present = await presentReplicas(ctx.db, service.instanceId)
  return present.filter((replica) => deploymentIds.includes(replica.deploymentId) && replica.state !== 'crashed')
}

async function deploymentsOf(ctx: Ctx, service: Service, number: number | undefined): Promise<string[]> {
  let query = ctx.db.selectFrom('deployment').select('id').where('instanceId', '=', service.instanceId)
  if (number !== undefined) query = query.where('number', '=', number)
  else query = query.where('releaseId', 'is not', null).orderBy('number', 'desc').limit(3)
  return (await query.execute()).map(({ id }) => id)
}

async function redactorOf(ctx: Ctx, service: Service): Promise<(text: string) => string> {
  return createRedactor(await variablesOf(ctx, service.instanceId))
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
