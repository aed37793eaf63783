import { addJobIn } from '../../kernel/queue.ts'
import { type Actor, notFound } from '../actor.ts'
import { type Ctx, type Tx, tellChanged, tellWanted, topics } from '../ctx.ts'
import type { Deployment } from './deployment.ts'
import { insertDeploymentIn, type NewDeployment, openDeploymentsIn, requestEndIn } from './store.ts'

export interface Push {
  instanceId: string
  commit: { sha: string; subject: string; author: string }
  branch: string
  noCache: boolean
  /** False when the branch has moved already (a detached push). */
  movesBranch: boolean
}

/**
 * Step 1 of the walk: the push becomes rows. The same commit, while its deployment is on its way, attaches to it.
 * The newest wins: older ones on their way are superseded in the same transaction.
 */
export async function requestDeployment(ctx: Ctx, actor: Actor, push: Push): Promise<Deployment> {
  const deployment = await ctx.db.transaction().execute(async (tx) => {
    const same = await findSamePushIn(tx, push)
    if (same) return same
    return queueIn(
      tx,
      {
        ...push,
        trigger: 'push',
        fromDeploymentId: undefined,
        imageId: undefined,
        releaseId: undefined,
        actor: actor.name,
      },
      ctx.clock.now(),
    )
  })
  await tellQueued(ctx, deployment)
  return deployment
}

/** Deployment, job and event in the caller's transaction; what is older and on its way is superseded. */
export async function queueIn(tx: Tx, wanted: NewDeployment, now: number): Promise<Deployment> {
  await refuseDeletedIn(tx, wanted.instanceId)
  const older = await openDeploymentsIn(tx, wanted.instanceId)
  const deployment = await insertDeploymentIn(tx, wanted, now)
  for (const one of older) if (!one.isCancelRequested) await requestEndIn(tx, one, deployment.number, now)
  const lane = wanted.imageId === undefined ? 'build' : 'roll_out'
  await addJobIn(tx, { kind: 'deploy', subjectId: deployment.id, lane, dueAt: now })
  return deployment
}

/** After the commit: wakes the worker, the pages, and the mover when something older is on its way to its end. */
export async function tellQueued(ctx: Ctx, deployment: Deployment): Promise<void> {
  ctx.bus.publish(topics.jobs)
  const open = await openDeploymentsIn(ctx.db, deployment.instanceId)
  if (open.length > 1) tellWanted(ctx, deployment.instanceId)
  else tellChanged(ctx, deployment.instanceId)
}

async function findSamePushIn(tx: Tx, push: Push): Promise<Deployment | undefined> {
  const [newest] = await openDeploymentsIn(tx, push.instanceId)
  if (newest?.trigger !== 'push' || newest.commitSha !== push.commit.sha || newest.isCancelRequested) return undefined
  return newest
}

/** Whoever asked may have found the service a moment before somebody deleted it. */
async function refuseDeletedIn(tx: Tx, instanceId: string): Promise<void> {
  const found = await tx
    .selectFrom('instance')
    .innerJoin('service', 'service.id', 'instance.serviceId')
    .select('service.id')
    .where('instance.id', '=', instanceId)
    .where('service.deletedAt', 'is', null)
    .executeTakeFirst()
  if (!found) throw notFound('service')
}
