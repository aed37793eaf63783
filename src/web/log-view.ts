import type { BuildLogProps, LogTab, RuntimeLogProps } from '../../views/log/viewer.tsx'
import { paths, type ServiceAddress } from '../../views/paths.ts'
import type { Ctx } from '../core/ctx.ts'
import { type Deployment, isOpen } from '../core/deployment/deployment.ts'
import { readLog } from '../core/deployment/deployment-log.ts'
import { failures } from '../core/deployment/failure.ts'
import { type RuntimeLine, readRuntimeLog } from '../core/replica/runtime-log.ts'
import type { Service } from '../core/service/service.ts'

/** Lines that a page shows at first; the download has them all. */
export const linesShown = 1_000
const reportLines = 40
const reportLengthMax = 8 * 1024

/** The build log of a deployment: its end, or the lines before line `before`. */
export async function buildLogOf(
  ctx: Ctx,
  at: ServiceAddress,
  deployment: Deployment,
  before?: number,
): Promise<BuildLogProps> {
  const { lines, total } = await readLog(ctx, deployment.id)
  const end = before === undefined ? total : Math.min(total, before - 1)
  const shown = lines.slice(Math.max(0, end - linesShown), end)
  const address = paths.deployment(at, deployment.number)
  const isRunning = isOpen(deployment.state)
  const first = shown[0]?.number ?? 1
  return {
    lines: shown,
    total,
    state: isRunning ? 'running' : deployment.state === 'failed' ? 'failed' : 'done',
    until: deployment.liveAt ?? deployment.endedAt ?? ctx.clock.now(),
    tabs: logTabs(at, deployment),
    follow: isRunning && end === total ? `${address}/log/stream?after=${total}` : undefined,
    download: `${address}/log.txt?log=build`,
    earlier: first > 1 ? `${address}?log=build&before=${first}` : undefined,
  }
}

/** What a deployment's replicas printed; its replicas may be gone. */
export async function runtimeLogOf(ctx: Ctx, service: Service, deployment: Deployment): Promise<RuntimeLogProps> {
  const address = paths.deployment(service, deployment.number)
  const isRunning = deployment.endedAt === undefined
  const lines = await readRuntimeLog(ctx, service, { deploymentNumber: deployment.number, lastLines: linesShown })
  const stream = `${paths.service(service)}/logs/stream?d=${deployment.number}&after=${markOf(lines)}`
  return {
    lines,
    limit: linesShown,
    tabs: logTabs(service, deployment),
    follow: isRunning ? stream : undefined,
    download: `${address}/log.txt?log=runtime`,
    empty: isRunning ? 'The app has printed nothing yet' : 'The app printed nothing',
  }
}

/** Lines have no number here. A mark is the time of the last one told and how many of that very time were told. */
export function markOf(lines: readonly RuntimeLine[]): string {
  const last = lines.at(-1)
  return last === undefined ? '0.0' : `${last.at}.${lines.filter(({ at }) => at === last.at).length}`
}

/** A log that cannot have a line has no tab. */
export function logTabs(at: ServiceAddress, deployment: Deployment): LogTab[] {
  const address = paths.deployment(at, deployment.number)
  const build: LogTab = { source: 'build', word: 'Build', href: `${address}?log=build` }
  if (deployment.startingAt === undefined) return [build]
  return [build, { source: 'runtime', word: 'Runtime', href: `${address}?log=runtime` }]
}

/** Where the reason is to be seen: what the app said, once it had begun; else what the build said. */
export function sourceOf(deployment: Deployment, asked: string | undefined): 'build' | 'runtime' {
  if (deployment.startingAt === undefined || asked === 'build') return 'build'
  if (asked === 'runtime') return 'runtime'
  const isOfApp = /^(?:app|health)\.|^deploy\.timeout$/.test(deployment.code ?? '')
  return deployment.state === 'failed' && isOfApp ? 'runtime' : 'build'
}

/** For whoever is asked for help: the cause and the last lines, as they are in the log, secrets already masked. */
export async function reportOf(ctx: Ctx, service: Service, deployment: Deployment): Promise<string | undefined> {
  if (deployment.state !== 'failed' || deployment.code === undefined) return undefined
  const { lines } = await readLog(ctx, deployment.id, { lastLines: reportLines })
  const text = failures[deployment.code]
  const head = [
    `${service.project}/${service.slug} #${deployment.number}: ${text.title} (${deployment.code})`,
    `Commit ${deployment.commitSha}`,
    `Why: ${deployment.why ?? text.why}`,
    `Do: ${deployment.hint ?? text.hint}`,
  ]
  return [...head, '', ...lines.map((line) => line.text)].join('\n').slice(0, reportLengthMax)
}
