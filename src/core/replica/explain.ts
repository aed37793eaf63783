import type { Listener, ProbeResult } from '../../ports/container-engine.ts'
import type { Ctx } from '../ctx.ts'
import { type Failure, failure } from '../deployment/failure.ts'
import { redactorFor } from '../release/redactor.ts'
import { elfMachine, mayRun } from './elf.ts'
import type { Replica } from './replica.ts'
import { readMs } from './runtime-log.ts'

/** Lines of the app's own output that a failure quotes. */
const quotedLines = 20
/** Exit codes of shells and init processes for a program that they could not start; it may also have chosen them. */
const neverBegan: ReadonlySet<number | undefined> = new Set([126, 127])

/** Why a replica ended before it was ready. Only what was observed; the app's last lines speak for the rest. */
export async function explainExit(ctx: Ctx, replica: Replica, memoryBytes: number): Promise<Failure> {
  const running = await ctx.engine.inspect(replica.id)
  const exitCode = running?.exitCode
  if (running?.outOfMemory) {
    const limit = Math.round(memoryBytes / 1024 / 1024)
    return failure('app.out_of_memory', `The app used more than its ${limit} MB of memory and was ended.`)
  }
  const foreign = neverBegan.has(exitCode) ? await foreignMachine(ctx, replica.id) : undefined
  if (foreign) return foreign
  const quoted = await lastLines(ctx, replica)
  const ended =
    exitCode === undefined ? 'The app ended before it was ready.' : `The app ended with exit code ${exitCode}.`
  const engineSays = running?.error ? `\nThe engine says: ${running.error}` : ''
  return failure('app.exited', `${ended}${engineSays}${quoted}`)
}

/** Why a running replica was not ready in time: told apart by what listens inside it. */
export async function explainLate(
  ctx: Ctx,
  replica: Replica,
  wanted: { port: number; healthPath: string | undefined; healthTimeoutS: number },
  last: ProbeResult | undefined,
): Promise<Failure> {
  if (last?.kind === 'bad_status') {
    const said = (await redactorOf(ctx, replica))(last.body.trim())
    const body = said === '' ? '' : `\nIt answered: ${said}`
    return failure(
      'health.bad_status',
      `GET ${wanted.healthPath} answered ${last.status} in place of 200 to 299.${body}`,
    )
  }
  const listeners = await ctx.engine.listeners(replica.id)
  const verdict = judgeListeners(listeners, wanted.port)
  if (verdict) return verdict
  const quoted = await lastLines(ctx, replica)
  return failure('deploy.timeout', `The app did not answer within ${wanted.healthTimeoutS} s.${quoted}`)
}

/** Undefined when it does listen where it should, so that something else keeps it. */
export function judgeListeners(listeners: readonly Listener[], port: number): Failure | undefined {
  const open = listeners.filter(({ loopback }) => !loopback)
  if (open.some((listener) => listener.port === port)) return undefined
  if (open.length > 0) {
    const ports = [...new Set(open.map((listener) => listener.port))].sort((one, other) => one - other)
    return failure(
      'app.wrong_port',
      `The app listens on port ${ports.join(' and ')}; Handcar asks port ${port}.`,
      `Listen on the port in the PORT variable, which is ${port}.\nOr set the port to ${ports[0]} in Settings.`,
    )
  }
  const inside = listeners[0]
  if (inside) {
    const own = listeners.find((listener) => listener.port === port) ?? inside
    return failure(
      'app.loopback_only',
      `The app listens on ${own.address}:${own.port}, where only it can reach itself.`,
    )
  }
  return failure('app.no_listener', `The app runs, but nothing in it listens on a port; port ${port} is expected.`)
}

/** The image or the engine refused before the program began. */
export async function explainRefusal(
  ctx: Ctx,
  replicaId: string,
  reason: 'image_missing' | 'refused' | 'cannot_start' | 'not_found',
  message: string,
): Promise<Failure> {
  if (reason === 'image_missing') {
    return failure('server.interrupted', 'The image of this deployment is gone from this server.', 'Press Rebuild.')
  }
  const foreign = await foreignMachine(ctx, replicaId)
  return foreign ?? failure('app.exited', `The program could not be started: ${message}`)
}

/** For the crash loop: how the last runs ended. */
export function crashWhy(
  exits: ReadonlyArray<{ exitCode: number | null; outOfMemory: number }>,
  withinMs: number,
): string {
  const [newest] = exits
  const how = newest?.outOfMemory
    ? 'out of memory'
    : newest?.exitCode == null
      ? undefined
      : `exit code ${newest.exitCode}`
  const minutes = withinMs / 60_000
  const last = how ? `, last with ${how}` : ''
  return `The app ended ${exits.length} times within ${minutes} minutes${last}, so it is not started again.`
}

/** A failure when the program in the image is built for another processor; undefined when it is not, or unknown. */
async function foreignMachine(ctx: Ctx, replicaId: string): Promise<Failure | undefined> {
  const head = await ctx.engine.programHead(replicaId)
  const program = head && elfMachine(head)
  const { architecture } = await ctx.engine.version()
  const server = names[architecture] ?? architecture
  if (!program || mayRun(program, server)) return undefined
  return failure('app.exec_format', `The program in the image is built for ${program}, this server is ${server}.`)
}

/** The kernel's names for processors → those of images. */
const names: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' }

async function lastLines(ctx: Ctx, replica: Replica): Promise<string> {
  const redact = await redactorOf(ctx, replica)
  const lines: string[] = []
  const signal = AbortSignal.timeout(readMs)
  const output = ctx.engine.logs(replica.id, { tail: quotedLines, follow: false, signal })
  for await (const line of output) lines.push(line.text)
  return lines.length === 0 ? '\nIt printed nothing.' : `\nIts last lines:\n${redact(lines.join('\n'))}`
}

function redactorOf(ctx: Ctx, { instanceId, deploymentId }: Replica): Promise<(text: string) => string> {
  return redactorFor(ctx, instanceId, [deploymentId])
}
