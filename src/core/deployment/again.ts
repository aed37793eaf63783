import type { Actor } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import type { Service } from '../service/service.ts'
import type { Deployment, Trigger } from './deployment.ts'
import { imageGone, neverBuilt, neverDeployed, neverLive } from './errors.ts'
import { findServingDeployment, imageIsKept, listDeployments } from './read.ts'
import { queueIn, tellQueued } from './request-deployment.ts'

/** Same image, today's settings and variables. */
export async function redeploy(ctx: Ctx, actor: Actor, service: Service): Promise<Deployment> {
  const base = await newest(ctx, service, (deployment) => deployment.imageId !== undefined)
  if (!(await imageIsKept(ctx, base))) throw imageGone(base.number)
  return queueFrom(ctx, actor, base, 'redeploy', { imageId: base.imageId })
}

/** Same commit, built again without cache. */
export async function rebuild(ctx: Ctx, actor: Actor, service: Service): Promise<Deployment> {
  const base = await newest(ctx, service, () => true)
  return queueFrom(ctx, actor, base, 'rebuild', {})
}

/** Same release: image, settings and variables as they run, or ran before a stop. */
export async function restart(ctx: Ctx, actor: Actor, service: Service): Promise<Deployment> {
  const base = await findServingDeployment(ctx, service.instanceId)
  if (!base) throw neverDeployed()
  if (!(await imageIsKept(ctx, base))) throw imageGone(base.number)
  return queueFrom(ctx, actor, base, 'restart', { imageId: base.imageId, releaseId: base.releaseId })
}

/** An earlier release: its image, settings and variables. */
export async function rollBack(ctx: Ctx, actor: Actor, to: Deployment): Promise<Deployment> {
  if (to.liveAt === undefined || to.releaseId === undefined) throw neverLive(to.number)
  if (!(await imageIsKept(ctx, to))) throw imageGone(to.number)
  return queueFrom(ctx, actor, to, 'rollback', { imageId: to.imageId, releaseId: to.releaseId })
}

/** The newest one counts, also when it failed: that is the one somebody wants to see again after a change. */
async function newest(ctx: Ctx, service: Service, fits: (deployment: Deployment) => boolean): Promise<Deployment> {
  const deployments = await listDeployments(ctx, service, 50)
  const base = deployments.find(fits)
  if (base) return base
  throw deployments.length === 0 ? neverDeployed() : neverBuilt()
}

/** What a push could not bring live, this may: then its branch follows late. */
function isLate({ movesBranch, isBranchMoved }: Deployment, trigger: Trigger): boolean {
  return movesBranch && !isBranchMoved && (trigger === 'redeploy' || trigger === 'rebuild')
}

async function queueFrom(
  ctx: Ctx,
  actor: Actor,
  base: Deployment,
  trigger: Trigger,
  taken: { imageId?: string | undefined; releaseId?: string | undefined },
): Promise<Deployment> {
  const deployment = await ctx.db.transaction().execute((tx) =>
    queueIn(
      tx,
      {
        instanceId: base.instanceId,
        trigger,
        commit: { sha: base.commitSha, subject: base.commitSubject, author: base.commitAuthor },
        branch: base.branch,
        noCache: trigger === 'rebuild',
        movesBranch: isLate(base, trigger),
        fromDeploymentId: base.id,
        imageId: taken.imageId,
        releaseId: taken.releaseId,
        actor: actor.name,
      },
      ctx.clock.now(),
    ),
  )
  await tellQueued(ctx, deployment)
  return deployment
}
