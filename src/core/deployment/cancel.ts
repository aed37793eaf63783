import type { Actor } from '../actor.ts'
import { type Ctx, tellWanted } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Deployment } from './deployment.ts'
import { findDeploymentIn, requestEndIn } from './store.ts'

/**
 * Asks a deployment to end, in whatever state it is: waiting ones end at once, a running build is stopped by the
 * worker, replicas that were starting are taken away by the mover. What served before goes on serving.
 */
export async function cancel(ctx: Ctx, actor: Actor, deployment: Deployment): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    // It may have ended, or gone live, since it was read.
    await requestEndIn(tx, (await findDeploymentIn(tx, deployment.id)) ?? deployment, undefined, now)
    const subject = { kind: 'deployment.cancel_requested', subjectId: deployment.id, actor: actor.name }
    await recordEventIn(tx, { ...subject, teamId: actor.teamId, detail: {}, at: now })
  })
  tellWanted(ctx, deployment.instanceId)
}
