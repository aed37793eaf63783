import { rm } from 'node:fs/promises'
import { removeExpiredSessions } from '../account/session.ts'
import type { Ctx } from '../ctx.ts'
import { openStates } from '../deployment/deployment.ts'
import { logPath } from '../deployment/deployment-log.ts'
import { keptPath } from '../replica/runtime-log.ts'

/** What is kept of the past: logs per instance, and days of events and of ends of replicas. */
const keptLogs = 200
const keptDays = { event: 90, exit: 2, replica: 30 } as const
const dayMs = 24 * 60 * 60_000

/** Keeps tables and the log folder from growing for ever. */
export async function cleanUpHistory(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db
    .deleteFrom('event')
    .where('at', '<', now - keptDays.event * dayMs)
    .execute()
  await ctx.db
    .deleteFrom('replicaExit')
    .where('at', '<', now - keptDays.exit * dayMs)
    .execute()
  await ctx.db
    .deleteFrom('replica')
    .where('endedAt', '<', now - keptDays.replica * dayMs)
    .execute()
  await removeExpiredSessions(ctx)
  const old = await ctx.db
    .selectFrom('deployment')
    .innerJoin('instance', 'instance.id', 'deployment.instanceId')
    .select('deployment.id')
    .whereRef('deployment.number', '<=', (is) => is('instance.nextNumber', '-', keptLogs))
    .where('deployment.state', 'not in', [...openStates, 'live'])
    .execute()
  for (const { id } of old) {
    await rm(logPath(ctx, id), { force: true })
    await rm(keptPath(ctx, id), { force: true })
  }
}
