import type { ProbeResult, RunningReplica } from '../../ports/container-engine.ts'
import type { Ctx } from '../ctx.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { findDeploymentIn, openDeploymentsIn } from '../deployment/store.ts'
import { getRelease } from '../release/read.ts'
import type { Release } from '../release/release.ts'
import { getInstance } from '../service/read.ts'
import type { Service } from '../service/service.ts'
import type { Replica } from './replica.ts'
import type { ObservedReplica, Target, Wanted } from './roll-out.ts'
import { crashLoop, presentReplicas, recentExits, recordExit, updateReplica } from './store.ts'

/** What the mover knows between its looks; rows hold everything that must outlive it. */
export interface Memory {
  /** Replicas that are being taken away in the background. */
  busy: Set<string>
  /** Releases do not change. */
  releases: Map<string, Known>
  /** The last answer to a probe, to explain why a replica was not ready in time. */
  probes: Map<string, ProbeResult>
  /** Live deployments with nothing left to settle. */
  settled: Set<string>
  /** How runs ended, as the engine told at that moment; a restart hides it. */
  exits: Map<string, { exitCode: number | undefined; isOutOfMemory: boolean }>
  /** By instance: since when we have watched its candidate. Begins anew when we or the engine were away. */
  watched: Map<string, { deploymentId: string; since: number }>
  /** Instances whose last look found no engine. */
  lost: Set<string>
  /** Instances that were looked at since we began. */
  met: Set<string>
  /** By replica: when the run began that the engine ended, not the program; nothing is made of that end. */
  excused: Map<string, number | undefined>
  /** By instance: what the outside refused us in the last look. */
  trouble: Map<string, string>
}

export function emptyMemory(): Memory {
  const sets = { busy: new Set<string>(), settled: new Set<string>(), lost: new Set<string>(), met: new Set<string>() }
  const seen = { releases: new Map(), probes: new Map(), exits: new Map(), watched: new Map() }
  return { ...sets, ...seen, excused: new Map(), trouble: new Map() }
}

export interface Known {
  release: Release
  variables: Record<string, string>
  number: number
  commitSha: string
}

/** Everything the next decision needs, read fresh. */
export interface Sight {
  service: Service
  wanted: Wanted
  observed: ObservedReplica[]
}

export async function observe(ctx: Ctx, memory: Memory, instanceId: string): Promise<Sight> {
  const service = await getInstance(ctx, instanceId)
  const wanted = await wantedOf(ctx, memory, service)
  const replicas = await presentReplicas(ctx.db, instanceId)
  const isBack = memory.lost.has(instanceId)
  // The machine may have been restarted: whether a candidate ended by itself shows when it ends again, in our sight.
  const isFirst = !memory.met.has(instanceId)
  const isExcused = (replica: Replica) => isBack || (isFirst && replica.deploymentId === wanted.candidate?.deploymentId)
  const observed = await Promise.all(replicas.map((replica) => look(ctx, memory, replica, isExcused(replica))))
  memory.lost.delete(instanceId)
  memory.met.add(instanceId)
  return { service, wanted, observed }
}

/** From rows alone. The candidate is the one that reached `starting`; one that is to end comes first. */
async function wantedOf(ctx: Ctx, memory: Memory, service: Service): Promise<Wanted> {
  const open = (await openDeploymentsIn(ctx.db, service.instanceId)).filter(({ state }) => state === 'starting')
  const starting = open.find((deployment) => deployment.isCancelRequested) ?? open[0]
  const live = service.isDeleted ? undefined : await targetOf(ctx, memory, service.liveDeploymentId)
  const next = await targetOf(ctx, memory, starting?.id)
  if (!starting || !next) return { live, candidate: undefined }
  const { release } = await known(ctx, memory, starting.id)
  const readyBefore = watchedSince(ctx, memory, starting) + release.settings.healthTimeoutS * 1000
  const isEnding = starting.isCancelRequested || service.isDeleted
  return { live, candidate: { ...next, readyBefore, isEnding } }
}

/** A clock that was set back does not make the wait longer. */
function watchedSince(ctx: Ctx, memory: Memory, { id, instanceId }: Deployment): number {
  const before = memory.watched.get(instanceId)
  const isSame = before?.deploymentId === id && !memory.lost.has(instanceId)
  const since = isSame ? Math.min(before.since, ctx.clock.now()) : ctx.clock.now()
  memory.watched.set(instanceId, { deploymentId: id, since })
  return since
}

async function targetOf(ctx: Ctx, memory: Memory, deploymentId: string | undefined): Promise<Target | undefined> {
  if (deploymentId === undefined) return undefined
  const { release } = await known(ctx, memory, deploymentId)
  return { deploymentId, replicas: release.settings.replicas }
}

/** The release of a deployment with what a replica of it needs, read once. */
export async function known(ctx: Ctx, memory: Memory, deploymentId: string): Promise<Known> {
  const remembered = memory.releases.get(deploymentId)
  if (remembered) return remembered
  const deployment = await findDeploymentIn(ctx.db, deploymentId)
  if (!deployment?.releaseId) throw new Error(`deployment ${deploymentId} is wanted but has no release`)
  const { release, variables } = await getRelease(ctx, deployment.releaseId)
  const found = { release, variables, number: deployment.number, commitSha: deployment.commitSha }
  memory.releases.set(deploymentId, found)
  return found
}

/** One replica's row beside the engine's answer. Ends and restarts that happened meanwhile are written down here. */
async function look(ctx: Ctx, memory: Memory, row: Replica, isExcused: boolean): Promise<ObservedReplica> {
  const isBusy = memory.busy.has(row.id)
  const running = await ctx.engine.inspect(row.id)
  const isOver = isBusy || row.state === 'crashed'
  const isFreshEnd = !isOver && running?.state === 'exited' && row.state !== 'unhealthy'
  if (isFreshEnd && (isExcused || isSameRun(memory, running))) {
    // Ended by the engine, not by itself: it is started as if for the first time, however often that takes.
    memory.excused.set(row.id, running.startedAt)
    return { replica: row, run: 'created', isUnasked: false, isCrashLooping: false, isBusy, openConnections: undefined }
  }
  memory.excused.delete(row.id)
  const replica = running && !isOver ? await catchUp(ctx, memory, row, running) : row
  const openConnections = await connectionsOf(ctx, memory, replica)
  const isCrashLooping = row.wanted === 'run' && (await countExits(ctx, replica)) >= crashLoop.exits
  const isUnasked = replica.state === 'starting' && running?.state === 'running' && !memory.probes.has(row.id)
  return { replica, run: runOf(replica, running), isUnasked, isCrashLooping, isBusy, openConnections }
}

/** Whether this run is the one whose end was excused already. */
function isSameRun({ excused }: Memory, { replicaId, startedAt }: RunningReplica): boolean {
  return excused.has(replicaId) && excused.get(replicaId) === startedAt
}

function runOf(replica: Replica, running: RunningReplica | undefined): ObservedReplica['run'] {
  if (!running) return 'absent'
  if (running.state === 'created') return 'created'
  if (running.state === 'exited') return 'exited'
  if (running.state === 'restarting') return 'running'
  return running.address === replica.address ? 'running' : 'detached'
}

/** A new start time means that it ended and began again: it must be seen healthy anew before it is routed. */
async function catchUp(ctx: Ctx, memory: Memory, row: Replica, running: RunningReplica): Promise<Replica> {
  const isOver = running.state === 'exited'
  const isNewRun = running.startedAt !== row.startedAt && running.startedAt !== undefined
  const restarts = running.restartCount - row.restartCount
  const wasEnded = row.wanted === 'run' && (restarts > 0 || (isOver && (isNewRun || row.state !== 'unhealthy')))
  if (wasEnded) {
    const told = memory.exits.get(row.id)
    const exitCode = isOver ? running.exitCode : told?.exitCode
    const isOutOfMemory = isOver ? running.outOfMemory : (told?.isOutOfMemory ?? false)
    const exit = { replica: row, exitCode, isOutOfMemory }
    for (let n = 1; n <= restarts; n++) {
      await recordExit(ctx, { ...exit, id: `${row.id}:restart:${row.startedAt}:${row.restartCount + n}` })
    }
    if (isOver) await recordExit(ctx, { ...exit, id: `${row.id}:end:${running.startedAt}` })
  }
  const isBetweenRuns = running.state === 'restarting' && row.state === 'healthy'
  if (!isOver && !isNewRun && !isBetweenRuns && restarts <= 0) return row
  memory.probes.delete(row.id)
  const state = isOver ? ('unhealthy' as const) : ('starting' as const)
  const changes = {
    state: row.wanted === 'run' ? state : row.state,
    startedAt: running.startedAt ?? null,
    restartCount: running.restartCount,
    exitCode: isOver ? (running.exitCode ?? null) : null,
  }
  await updateReplica(ctx.db, row.id, changes)
  return {
    ...row,
    ...changes,
    startedAt: running.startedAt,
    exitCode: isOver ? running.exitCode : undefined,
  }
}

async function connectionsOf(ctx: Ctx, memory: Memory, replica: Replica): Promise<number | undefined> {
  if (replica.drainingAt === undefined || replica.address === undefined) return undefined
  const { release } = await known(ctx, memory, replica.deploymentId)
  return ctx.engine.openConnections(replica.address, release.settings.port)
}

/** Each copy for itself: one of many may be the only one that fails. */
async function countExits(ctx: Ctx, replica: Replica): Promise<number> {
  if (replica.state === 'healthy') return 0
  return (await recentExits(ctx, replica)).length
}
