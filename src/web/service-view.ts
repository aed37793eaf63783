import type { DeploymentItem } from '../../views/deployment/row.tsx'
import { marksOf, type StageMarks, servedMeanwhile, stagesOf, usualBuildOf } from '../../views/deployment/stages.ts'
import type { ServiceAction } from '../../views/service/actions.tsx'
import type { Selected, ServiceView } from '../../views/service/view.ts'
import { hasTrouble } from '../../views/words.ts'
import type { Actor } from '../core/actor.ts'
import type { Ctx } from '../core/ctx.ts'
import { actionsOf, type Deployment, isOpen } from '../core/deployment/deployment.ts'
import { readLog } from '../core/deployment/deployment-log.ts'
import { failures } from '../core/deployment/failure.ts'
import { deploymentsWithImage, getDeployment, listDeployments } from '../core/deployment/read.ts'
import { getService, type ServicePath, summarize } from '../core/service/read.ts'
import type { ServiceSummary } from '../core/service/service.ts'
import { logMemory } from './log-memory.ts'
import { reportOf } from './log-view.ts'

/** Deployments from which is told what may be done, and how long a build usually takes; core looks at as many. */
const newestMax = 50
/** Deployments in the list of the service page, and in one page of the list of all. */
const listedMax = 15
const listedOfAllMax = 100

export interface Wanted {
  /** The deployment asked for. */
  number?: number
  /** The list of all deployments was asked for; `before`: its page with those of lower numbers. */
  isAll?: boolean
  before?: number | undefined
}

/** Everything that the pages of a service show, read as the actor may see it. */
export async function readServiceView(
  ctx: Ctx,
  actor: Actor,
  path: ServicePath,
  wanted: Wanted = {},
): Promise<ServiceView & { service: Service }> {
  const service = await getService(ctx, actor, path)
  const [summary, newest] = await Promise.all([summarize(ctx, service), listDeployments(ctx, service, newestMax)])
  const { number } = wanted
  const chosen = number === undefined ? usualChoice(summary, newest) : await chosenOf(ctx, service, newest, number)
  const shown = await listOf(ctx, summary, newest, wanted)
  const kept = await deploymentsWithImage(ctx, [...newest, ...shown, ...(chosen ? [chosen] : [])])
  const itemOf = (deployment: Deployment) => ({ deployment, actions: actionsOf(deployment, kept.has(deployment.id)) })
  const item = chosen && itemOf(chosen)
  return {
    service,
    summary,
    items: shown.map(itemOf),
    listed: {
      total: summary.latest?.number ?? 0,
      isAll: wanted.isAll ?? false,
      olderThan: olderThan(wanted.isAll ? shown : newest.slice(0, listedMax)),
    },
    actions: serviceActions(summary, newest, kept),
    selected: item && (await selectedOf(ctx, summary, item, newest)),
    now: ctx.clock.now(),
  }
}

type Service = ServiceSummary['service']

/** A page of all; else the newest, with whatever serves or is on its way, however old. */
async function listOf(ctx: Ctx, summary: ServiceSummary, newest: Deployment[], wanted: Wanted): Promise<Deployment[]> {
  if (wanted.isAll) return listDeployments(ctx, summary.service, listedOfAllMax, wanted.before)
  const first = newest.slice(0, listedMax)
  const others = newest.slice(listedMax).filter(({ state }) => isOpen(state))
  const { live } = summary
  const isMissing = live !== undefined && ![...first, ...others].some(({ id }) => id === live.id)
  return [...first, ...others, ...(isMissing ? [live] : [])]
}

function olderThan(shown: Deployment[]): number | undefined {
  const oldest = shown.at(-1)?.number ?? 1
  return oldest > 1 ? oldest : undefined
}

async function chosenOf(ctx: Ctx, service: Service, newest: Deployment[], number: number): Promise<Deployment> {
  return newest.find((deployment) => deployment.number === number) ?? getDeployment(ctx, service, number)
}

/** What people come for: what is on its way, else what just failed, else what serves. */
function usualChoice({ live }: ServiceSummary, [latest, ...others]: Deployment[]): Deployment | undefined {
  const newest = [latest, ...others].find((deployment) => deployment !== undefined && isOpen(deployment.state))
  if (newest !== undefined || latest === undefined || latest.state === 'failed') return newest ?? latest
  return live ?? latest
}

async function selectedOf(
  ctx: Ctx,
  summary: ServiceSummary,
  item: DeploymentItem,
  deployments: Deployment[],
): Promise<Selected> {
  const { deployment } = item
  return {
    item,
    stages: stagesOf(deployment, {
      now: ctx.clock.now(),
      marks: await readMarks(ctx, deployment),
      replicas: summary.replicas,
      settings: summary.service.settings,
      serving: summary.live?.number,
      usualBuildMs: usualBuildOf(deployments),
    }),
    cause: causeOf(deployment),
    report: await reportOf(ctx, summary.service, deployment),
    kept: servedMeanwhile(deployment, deployments),
  }
}

const marksFrom = logMemory<StageMarks>()

function readMarks(ctx: Ctx, { id }: Deployment): Promise<StageMarks> {
  return marksFrom(ctx, id, async () => marksOf((await readLog(ctx, id)).lines))
}

/** The words of the code, and what was observed of this very deployment. */
function causeOf(deployment: Deployment): Selected['cause'] {
  if (!hasTrouble(deployment) || deployment.code === undefined) return undefined
  const { title, why, hint } = failures[deployment.code]
  return { title, why: deployment.why ?? why, hint: deployment.hint ?? hint }
}

/** Only what can be done: each of these acts would be refused where it is not listed. */
function serviceActions(summary: ServiceSummary, deployments: Deployment[], kept: Set<string>): ServiceAction[] {
  const served = [...deployments]
    .filter(({ liveAt }) => liveAt !== undefined)
    .sort((one, other) => (other.liveAt ?? 0) - (one.liveAt ?? 0))[0]
  const isRunning = summary.live !== undefined
  const offered: Array<[ServiceAction, boolean]> = [
    ['open', isRunning],
    ['restart', served !== undefined && kept.has(served.id)],
    ['redeploy', hasNewestBuilt(deployments, kept)],
    ['rebuild', deployments.length > 0],
    ['stop', isRunning || summary.open !== undefined],
  ]
  return offered.filter(([, isPossible]) => isPossible).map(([action]) => action)
}

/** Whether there is an image to deploy again, also while a newer deployment is still being built. */
export async function canRedeploy(ctx: Ctx, service: Service): Promise<boolean> {
  const deployments = await listDeployments(ctx, service, newestMax)
  return hasNewestBuilt(deployments, await deploymentsWithImage(ctx, deployments))
}

function hasNewestBuilt(deployments: Deployment[], kept: Set<string>): boolean {
  const newest = deployments.find(({ imageId }) => imageId !== undefined)
  return newest !== undefined && kept.has(newest.id)
}
