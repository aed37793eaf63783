import type { Listener, ProbeResult } from '../../ports/container-engine.ts'
import type { Ctx } from '../ctx.ts'
import { type Failure, failure } from '../deployment/failure.ts'
import { elfMachine } from './elf.ts'
import type { Replica } from './replica.ts'

/** Lines of the app's own output that a failure quotes. */
const quotedLines = 20

/** Why a replica ended before it was ready. Only what was observed; the app's last lines speak for the rest. */
export async function explainExit(ctx: Ctx, replica: Replica, memoryBytes: number): Promise<Failure> {
  const running = await ctx.engine.inspect(replica.id)
  const exitCode = running?.exitCode
  if (running?.outOfMemory) {
    return failure(
      'app.out_of_memory',
      `The app used more than its ${inMegabytes(memoryBytes)} MB of memory and was ended.`,
    )
  }
  const foreign = await foreignMachine(ctx, replica)
  if (foreign) {
    const why = `The program in the image is built for ${foreign.program}, this server is ${foreign.server}.`
    return failure('app.exec_format', why)
  }
  const quoted = await lastLines(ctx, replica.id)
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
    const body = last.body.trim() === '' ? '' : `\nIt answered: ${last.body.trim()}`
    return failure(
      'health.bad_status',
      `GET ${wanted.healthPath} answered ${last.status} in place of 200 to 299.${body}`,
    )
  }
  const listeners = await ctx.engine.listeners(replica.id)
  const verdict = judgeListeners(listeners, wanted.port)
  if (verdict) return verdict
  const quoted = await lastLines(ctx, replica.id)
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
      `Listen on the port in the PORT variable, which is ${port}.\nOr set the port to ${ports[0]} in Settings, then redeploy.`,
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
export function explainRefusal(
  reason: 'image_missing' | 'refused' | 'cannot_start' | 'not_found',
  message: string,
): Failure {
  if (reason === 'image_missing') {
    return failure('server.interrupted', 'The image of this deployment is gone from this server.', 'Press Rebuild.')
  }
  return failure('app.exited', `The program could not be started: ${message}`)
}

/** For the crash loop: how the last runs ended. */
export function crashWhy(
  exits: ReadonlyArray<{ exitCode: number | null; outOfMemory: number }>,
  withinMs: number,
): string {
  const last = exits[0]
  const how = last?.outOfMemory ? 'out of memory' : last?.exitCode == null ? undefined : `exit code ${last.exitCode}`
  const minutes = withinMs / 60_000
  return `The app ended ${exits.length} times within ${minutes} minutes${how ? `, last with ${how}` : ''}, so it is not started again.`
}

async function foreignMachine(ctx: Ctx, replica: Replica): Promise<{ program: string; server: string } | undefined> {
  const head = await ctx.engine.programHead(replica.id)
  const program = head && elfMachine(head)
  const { architecture } = await ctx.engine.version()
  const server = architecture === 'x86_64' ? 'amd64' : architecture === 'aarch64' ? 'arm64' : architecture
  if (!program || program === server) return undefined
  return { program, server }
}

async function lastLines(ctx: Ctx, replicaId: string): Promise<string> {
  const lines: string[] = []
  for await (const line of ctx.engine.logs(replicaId, { tail: quotedLines, follow: false })) lines.push(line.text)
  return lines.length === 0 ? '\nIt printed nothing.' : `\nIts last lines:\n${lines.join('\n')}`
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
