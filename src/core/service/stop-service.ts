import type { Actor } from '../actor.ts'
import { type Ctx, type Tx, tellWanted } from '../ctx.ts'
import { moveIn, openDeploymentsIn, requestEndIn } from '../deployment/store.ts'
import { recordEventIn } from '../event/store.ts'
import type { Service } from './service.ts'

/** Nothing of the service should run; its address answers 503 until a restart. What is on its way is canceled. */
export async function stopService(ctx: Ctx, actor: Actor, service: Service): Promise<void> {
  const at = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    await wantNothingIn(tx, service, at)
    await tx.updateTable('instance').set({ stoppedAt: at }).where('id', '=', service.instanceId).execute()
    const subject = { kind: 'service.stopped', subjectId: service.id, actor: actor.name }
    await recordEventIn(tx, { ...subject, teamId: service.teamId, detail: {}, at })
  })
  tellWanted(ctx, service.instanceId)
}

/** Ends what is on its way and retires what is live; the mover takes the replicas away. */
export async function wantNothingIn(tx: Tx, service: Service, now: number): Promise<void> {
  for (const deployment of await openDeploymentsIn(tx, service.instanceId)) {
    if (!deployment.isCancelRequested) await requestEndIn(tx, deployment, undefined, now)
  }
  const row = await tx
    .selectFrom('instance')
    .select('liveDeploymentId')
    .where('id', '=', service.instanceId)
    .executeTakeFirstOrThrow()
  if (row.liveDeploymentId === null) return
  await moveIn(tx, row.liveDeploymentId, { from: 'live', to: 'removed' }, now)
  await tx.updateTable('instance').set({ liveDeploymentId: null }).where('id', '=', service.instanceId).execute()
}
