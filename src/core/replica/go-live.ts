import { type Ctx, type Tx, tellChanged } from '../ctx.ts'
import { findDeploymentIn, moveIn, openDeploymentsIn, updateIn } from '../deployment/store.ts'
import { purgeService } from '../service/purge-service.ts'
import type { Service } from '../service/service.ts'
import { moveBranch } from '../source/repository.ts'
import type { Memory, Sight } from './observe.ts'

/**
 * The proxy serves the new release: it is live, the one before is removed. One transaction. A cancel, a stop or a newer
 * deployment that came while the proxy was being switched wins: the next look takes the new release back.
 */
export async function goLive(ctx: Ctx, service: Service, deploymentId: string): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    if ((await findDeploymentIn(tx, deploymentId))?.isCancelRequested) return
    const isMoved = await moveIn(tx, deploymentId, { from: 'starting', to: 'live' }, now)
    if (!isMoved) return
    await retireIn(tx, service.liveDeploymentId, now)
    await tx
      .updateTable('instance')
      .set({ liveDeploymentId: deploymentId, stoppedAt: null })
      .where('id', '=', service.instanceId)
      .execute()
  })
  await followBranch(ctx, service, deploymentId)
  tellChanged(ctx, service.instanceId)
}

/** What was live is removed now. */
export async function retireIn(tx: Tx, deploymentId: string | undefined, now: number): Promise<void> {
  if (deploymentId !== undefined) await moveIn(tx, deploymentId, { from: 'live', to: 'removed' }, now)
}

/**
 * What is left to do for what already serves, after a crash too: the engine keeps the replicas running without us, the
 * branch follows, and a deleted service with nothing left is purged.
 */
export async function settleLive(ctx: Ctx, memory: Memory, sight: Sight): Promise<void> {
  const { service, wanted, observed } = sight
  if (service.isDeleted) {
    const open = await openDeploymentsIn(ctx.db, service.instanceId)
    if (observed.length === 0 && open.length === 0) await purgeService(ctx, service)
    return
  }
  const liveId = wanted.live?.deploymentId
  if (liveId === undefined) return
  for (const { replica, run } of observed) {
    if (replica.deploymentId !== liveId || replica.state !== 'healthy' || run !== 'running') continue
    if (memory.settled.has(replica.id)) continue
    await ctx.engine.keepRunning(replica.id)
    memory.settled.add(replica.id)
  }
  if (memory.settled.has(liveId)) return
  await followBranch(ctx, service, liveId)
  memory.settled.add(liveId)
}

/** The branch that git shows moves only now that its commit serves. */
async function followBranch(ctx: Ctx, service: Service, deploymentId: string): Promise<void> {
  const deployment = await findDeploymentIn(ctx.db, deploymentId)
  if (!deployment?.movesBranch || deployment.isBranchMoved || deployment.state !== 'live') return
  await moveBranch(ctx, service.id, deployment.branch, deployment.commitSha)
  await updateIn(ctx.db, deploymentId, { branchMovedAt: ctx.clock.now() })
}
