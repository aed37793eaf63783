import { readAddress } from '../core/account/address.ts'
import { type Ctx, topics } from '../core/ctx.ts'
import { type Deployment, isOpen } from '../core/deployment/deployment.ts'
import { followLog } from '../core/deployment/deployment-log.ts'
import { failures } from '../core/deployment/failure.ts'
import { getDeploymentById } from '../core/deployment/read.ts'
import { serviceUrl } from '../core/service/read.ts'
import type { RefResult } from '../core/source/proc-receive.ts'
import type { AcceptedPush, PushDecision } from '../core/source/receive-push.ts'
import { pushLines } from './push-lines.ts'

/** Nobody is left longer than this without a line. */
const silenceMs = 10_000
/** The branch moves right after the switch; this only bounds the wait for it. */
const branchWaitMs = 30_000

export interface Voice {
  say(lines: readonly string[]): void
  /** Aborts when the client has gone. The deployment goes on. */
  signal: AbortSignal
}

/** What the lines name besides the deployment itself. */
export interface PushPlace {
  /** Page of the deployment. */
  page: string
  /** Address of the app. */
  url: string
  /** Number of the deployment that serves meanwhile. */
  serving: number | undefined
}

/** Tells the person who pushes what becomes of it, to its end, and answers for every ref. */
export async function reportPush(ctx: Ctx, decision: PushDecision, voice: Voice): Promise<RefResult[]> {
  const { accepted, refused } = decision
  const results = refused.map(({ ref, reason }) => ({ ref, refusal: reason }))
  voice.say(refused.flatMap(({ lines }) => lines.flatMap((line) => pushLines(` !     ${line}`))))
  if (!accepted) return results
  const place = await placeOf(ctx, accepted)
  voice.say(beginningLines(accepted, place).flatMap(pushLines))
  if (accepted.isDetached) return [...results, { ref: accepted.ref, refusal: undefined }]
  const ended = await follow(ctx, accepted.deployment, voice)
  voice.say(endingLines(ended, place).flatMap(pushLines))
  return [...results, { ref: accepted.ref, refusal: refusalOf(ended) }]
}

async function placeOf(ctx: Ctx, { service, deployment }: AcceptedPush): Promise<PushPlace> {
  const address = await readAddress(ctx)
  const liveId = service.isStopped ? undefined : service.liveDeploymentId
  const serving = liveId === undefined ? undefined : await getDeploymentById(ctx, liveId)
  const page = `/p/${service.project}/${service.environment}/s/${service.slug}/d/${deployment.number}`
  return { page: address.panelUrl + page, url: serviceUrl(service, address), serving: serving?.number }
}

export function beginningLines(
  { service, deployment, isAttached, isDetached }: AcceptedPush,
  place: PushPlace,
): string[] {
  const { number } = deployment
  const name = `${service.project} / ${service.environment} / ${service.slug}`
  const first = isAttached
    ? [`-----> This commit is on its way already: ${name}, deployment #${number}`]
    : [`-----> Deploying ${name}, deployment #${number}`]
  const old = place.serving === undefined ? [] : [`#${place.serving} keeps serving until #${number} is ready.`]
  if (isDetached) return [...first, ...old, ...dataWarning, `=====> Accepted, going on without you: ${place.page}`]
  return [...first, ...old, 'Ctrl-C stops this output, not the deployment. Watch or cancel it:', place.page]
}

const dataWarning = ['Files that the app writes are lost at each deploy.']

/** The last lines: where it is live, or why it is not, what still serves, and what to do. */
export function endingLines(deployment: Deployment, { page, url, serving }: PushPlace): string[] {
  const keeps = serving === undefined ? 'Nothing was serving before.' : `#${serving} keeps serving ${url}`
  const log = ` !     Log:  ${page}`
  if (isLive(deployment)) {
    const took = secondsBetween(deployment.createdAt, deployment.liveAt)
    return [...dataWarning, `Log: ${page}`, `=====> Live in ${took}: ${url}`]
  }
  if (deployment.state === 'superseded') return [supersededLine(deployment), keeps]
  if (deployment.state === 'canceled') return [' !     Canceled.', ` !     ${keeps}`, log]
  if (isOpen(deployment.state)) return [' !     Still on its way, without this output.', ` !     ${keeps}`, log]
  const took = secondsBetween(deployment.createdAt, deployment.endedAt)
  const { title, why, hint } = textOf(deployment)
  const what = [` !     ${title} (after ${took}).`, ` !     ${keeps}`]
  return [...what, ...labelled('Why:', why), ...labelled('Do:', hint), log]
}

function supersededLine({ supersededBy }: Deployment): string {
  return supersededBy === undefined ? ' !     Superseded' : ` !     Superseded by #${supersededBy}`
}

/** Short, for the one line that git prints of the ref; undefined takes it. */
export function refusalOf(deployment: Deployment): string | undefined {
  if (isLive(deployment)) return undefined
  if (deployment.state === 'superseded') return `superseded by #${deployment.supersededBy ?? '?'}`
  if (deployment.state === 'canceled') return `deployment #${deployment.number} was canceled`
  if (isOpen(deployment.state)) return `deployment #${deployment.number} is still on its way`
  const { title } = textOf(deployment)
  const inside = title.startsWith('Handcar') ? title : title.charAt(0).toLowerCase() + title.slice(1)
  return `${inside}, see above`
}

/** What was live and made room for a newer one since has succeeded too. */
function isLive({ liveAt }: Deployment): boolean {
  return liveAt !== undefined
}

function textOf(deployment: Deployment): { title: string; why: string; hint: string } {
  const known = deployment.code === undefined ? undefined : failures[deployment.code]
  return {
    title: known?.title ?? 'The deployment failed',
    why: deployment.why ?? known?.why ?? 'Nothing more is known.',
    hint: deployment.hint ?? known?.hint ?? 'Read the log, then push again.',
  }
}

/** `Why:  first line`, further lines below its text. */
function labelled(label: string, text: string): string[] {
  return text.split('\n').map((line, index) => ` !     ${(index === 0 ? label : '').padEnd(5)} ${line}`)
}

/**
 * Prints the log until the deployment has ended. Milestones and errors wait for what comes behind them: at the very
 * end they are told once, by `endingLines`.
 */
async function follow(ctx: Ctx, deployment: Deployment, voice: Voice): Promise<Deployment> {
  const done = new AbortController()
  let spokenAt = ctx.clock.now()
  const speak = (lines: readonly string[]) => {
    spokenAt = ctx.clock.now()
    voice.say(lines)
  }
  const reminding = remind(ctx, deployment.id, () => spokenAt, speak, AbortSignal.any([voice.signal, done.signal]))
  let held: string[] = []
  try {
    for await (const { text } of followLog(ctx, deployment, { fromLine: 1, signal: voice.signal })) {
      const isHeld = text.startsWith('=====> ') || text.startsWith(' !     ')
      if (isHeld) held.push(text)
      else speak([...held.splice(0), text].flatMap(pushLines))
    }
    held = []
    return await settled(ctx, deployment.id, voice.signal)
  } finally {
    done.abort()
    await reminding
  }
}

/** A line at least every ten seconds, with the time that the state has really taken. */
async function remind(
  ctx: Ctx,
  deploymentId: string,
  spokenAt: () => number,
  speak: (lines: string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await ctx.clock.sleep(Math.max(1, spokenAt() + silenceMs - ctx.clock.now()), signal)
    if (signal.aborted || ctx.clock.now() - spokenAt() < silenceMs) continue
    // A reminder that cannot be read is no reason to end anything: the log says it too.
    const deployment = await getDeploymentById(ctx, deploymentId).catch(() => undefined)
    if (deployment && !signal.aborted) speak([reminder(deployment, ctx.clock.now())].flatMap(pushLines))
  }
}

export function reminder(deployment: Deployment, now: number): string {
  const since = deployment.startingAt ?? deployment.builtAt ?? deployment.buildingAt ?? deployment.createdAt
  const word = waitingWords[deployment.state] ?? deployment.state
  return `still ${word}, ${secondsBetween(since, now)}`
}

const waitingWords: Partial<Record<Deployment['state'], string>> = {
  queued: 'waiting for another build',
  awaiting_approval: 'waiting for approval',
  releasing: 'making the release',
}

/** A live deployment counts when its branch has followed, so that what git reports is what the repository shows. */
async function settled(ctx: Ctx, deploymentId: string, signal: AbortSignal): Promise<Deployment> {
  const until = ctx.clock.now() + branchWaitMs
  for (;;) {
    const deployment = await getDeploymentById(ctx, deploymentId)
    const isWaiting = deployment.state === 'live' && deployment.movesBranch && !deployment.isBranchMoved
    if (!isWaiting || signal.aborted || ctx.clock.now() >= until) return deployment
    await ctx.bus.next(topics.instance(deployment.instanceId), 500, signal)
  }
}

function secondsBetween(from: number, to: number | undefined): string {
  const seconds = Math.max(0, ((to ?? from) - from) / 1000)
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`
}
