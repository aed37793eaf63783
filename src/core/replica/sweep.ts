import { errorText } from '../../kernel/errors.ts'
import type { Ctx } from '../ctx.ts'
import type { Converger } from './converge.ts'
import { keepOutput } from './runtime-log.ts'
import { toReplica } from './store.ts'

/** What the engine has without a row of ours is left alone this long: its row may be on the way. */
const orphanGraceMs = 60_000

/** Every instance, also those nobody told us of: a lost event is made up for here. */
export async function sweepInstances(ctx: Ctx, converger: Converger): Promise<void> {
  const rows = await ctx.db.selectFrom('instance').select('id').execute()
  for (const { id } of rows) converger.nudge(id)
}

/**
 * Replicas and networks that carry our installation's label, but that no row knows or wants. Only those: nothing
 * without our label, and never a volume.
 */
export async function removeOrphans(ctx: Ctx, seen: Map<string, number>): Promise<number> {
  const now = ctx.clock.now()
  const running = await ctx.engine.list()
  const rows = await ctx.db.selectFrom('replica').selectAll().where('endedAt', 'is', null).execute()
  const wanted = new Set(rows.map(({ id }) => id))
  const orphans = running.filter(({ replicaId }) => !wanted.has(replicaId))
  for (const id of [...seen.keys()]) if (!orphans.some(({ replicaId }) => replicaId === id)) seen.delete(id)
  let removed = 0
  for (const { replicaId } of orphans) {
    const since = seen.get(replicaId) ?? now
    seen.set(replicaId, since)
    if (now - since < orphanGraceMs) continue
    if (await removeOrphan(ctx, replicaId)) removed++
  }
  await removeUnusedNetworks(ctx)
  return removed
}

/** False when it would not go; it does not keep the others, and is tried again at the next sweep. */
async function removeOrphan(ctx: Ctx, replicaId: string): Promise<boolean> {
  try {
    const row = await ctx.db.selectFrom('replica').selectAll().where('id', '=', replicaId).executeTakeFirst()
    if (row) await keepOutput(ctx, toReplica(row))
    await ctx.engine.stop(replicaId, ctx.config.stopGraceSeconds)
    await ctx.engine.remove(replicaId)
    ctx.log.warn({ replica: replicaId }, 'removed a replica that nobody knew')
    return true
  } catch (error) {
    ctx.log.warn({ replica: replicaId, error: errorText(error) }, 'could not remove a replica that nobody knew')
    return false
  }
}

async function removeUnusedNetworks(ctx: Ctx): Promise<void> {
  // In this order: a network made meanwhile is not in the list.
  const networks = await ctx.engine.listNetworks()
  const rows = await ctx.db.selectFrom('environment').select('id').where('subnet', 'is not', null).execute()
  const used = new Set(rows.map(({ id }) => id))
  for (const { environmentId } of networks) {
    if (!used.has(environmentId)) await ctx.engine.removeNetwork(environmentId)
  }
}
