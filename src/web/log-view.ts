import type { BuildLogProps, LogTab, RuntimeLogProps, ShownLog } from '../../views/log/viewer.tsx'
import { paths, type ServiceAddress } from '../../views/paths.ts'
import { hasTrouble } from '../../views/words.ts'
import type { Ctx } from '../core/ctx.ts'
import { type Deployment, isOpen } from '../core/deployment/deployment.ts'
import { readLog } from '../core/deployment/deployment-log.ts'
import { failures } from '../core/deployment/failure.ts'
import { type RuntimeLine, readRuntimeLog } from '../core/replica/runtime-log.ts'
import type { Service } from '../core/service/service.ts'
import { logMemory } from './log-memory.ts'

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
    state: logStateOf(deployment),
    until: deployment.liveAt ?? deployment.endedAt ?? ctx.clock.now(),
    tabs: logTabs(at, deployment),
    follow: isRunning && end === total ? `${address}/log/stream?after=${total}` : undefined,
    download: `${address}/log.txt?log=build`,
    earlier: first > 1 ? `${address}?log=build&before=${first}` : undefined,
  }
}

export function logStateOf({ state }: Deployment): BuildLogProps['state'] {
  if (isOpen(state)) return 'running'
  if (state === 'canceled' || state === 'superseded') return 'stopped'
  return state === 'failed' ? 'failed' : 'done'
}

/** The log that a page opens with; `asked` and `before` are what the address asks for. */
export async function shownLogOf(
  ctx: Ctx,
  service: Service,
  deployment: Deployment,
  asked?: string,
  before?: number,
): Promise<ShownLog> {
  const source = sourceOf(deployment, asked)
  return source === 'runtime'
    ? { source, props: await runtimeLogOf(ctx, service, deployment) }
    : { source, props: await buildLogOf(ctx, service, deployment, before) }
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
  return hasTrouble(deployment) && isOfApp ? 'runtime' : 'build'
}

/** What tells the panes of one deployment from others: they are drawn anew when its reason is in the other log. */
export function shownMark(deployment: Deployment): string {
  return `${deployment.number}${sourceOf(deployment, undefined) === 'runtime' ? 'r' : ''}`
}

/** For whoever is asked for help: the cause and the last lines, as they are in the log, secrets already masked. */
export async function reportOf(ctx: Ctx, service: Service, deployment: Deployment): Promise<string | undefined> {
  const { code } = deployment
  if (!hasTrouble(deployment) || code === undefined) return undefined
  const text = failures[code]
  const head = [
    `${service.project}/${service.slug} #${deployment.number}: ${text.title} (${code})`,
    `Commit ${deployment.commitSha}`,
    `Why: ${deployment.why ?? text.why}`,
    `Do: ${deployment.hint ?? text.hint}`,
  ]
  return [...head, '', ...(await lastLinesOf(ctx, service, deployment))].join('\n').slice(0, reportLengthMax)
}

const endsOfLogs = logMemory<string[]>()

/** Of the log in which the reason is to be seen. */
async function lastLinesOf(ctx: Ctx, service: Service, deployment: Deployment): Promise<string[]> {
  const options = { deploymentNumber: deployment.number, lastLines: reportLines }
  const said = sourceOf(deployment, undefined) === 'runtime' ? await readRuntimeLog(ctx, service, options) : []
  if (said.length > 0) return said.map(({ text }) => text)
  return endsOfLogs(ctx, deployment.id, async () => {
    const { lines } = await readLog(ctx, deployment.id, { lastLines: reportLines })
    return lines.map(({ text }) => text)
  })
}
