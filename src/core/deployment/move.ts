import { type Ctx, tellChanged } from '../ctx.ts'
import type { Deployment } from './deployment.ts'
import { type Move, moveIn, updateIn } from './store.ts'

/** {@link moveIn} in a transaction of its own; tells the pages. */
export async function move(ctx: Ctx, deployment: Deployment, change: Move): Promise<boolean> {
  const moved = await ctx.db.transaction().execute((tx) => moveIn(tx, deployment.id, change, ctx.clock.now()))
  if (moved) tellChanged(ctx, deployment.instanceId)
  return moved
}

/** Finer progress inside a state, for people. */
export async function setStep(ctx: Ctx, deployment: Deployment, step: string): Promise<void> {
  await updateIn(ctx.db, deployment.id, { step })
  tellChanged(ctx, deployment.instanceId)
}
