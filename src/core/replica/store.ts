import type { Selectable, Updateable } from 'kysely'
import { newId } from '../../kernel/ids.ts'
import type { Ctx, Reader, Tx } from '../ctx.ts'
import type { ReplicaRow } from '../tables.ts'
import type { Replica, ReplicaState } from './replica.ts'

/** A crash loop: this many ends within this time. */
export const crashLoop = { exits: 5, withinMs: 10 * 60_000 } as const

/** Intent first: the row is there before the engine hears of the replica. */
export async function insertReplicaIn(
  tx: Tx,
  replica: { id: string; instanceId: string; deploymentId: string; ordinal: number; address: string },
  now: number,
): Promise<void> {
  await tx
    .insertInto('replica')
    .values({ ...replica, wanted: 'run', state: 'starting', routed: 0, restartCount: 0, createdAt: now })
    .execute()
}

/** Rows of an instance that are not over yet, oldest first. */
export async function presentReplicas(db: Reader, instanceId: string): Promise<Replica[]> {
  const rows = await db
    .selectFrom('replica')
    .selectAll()
    .where('instanceId', '=', instanceId)
    .where('endedAt', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(toReplica)
}

export async function updateReplica(db: Reader, id: string, changes: Updateable<ReplicaRow>): Promise<void> {
  await db.updateTable('replica').set(changes).where('id', '=', id).execute()
}

export interface Exit {
  /** The same end of the same run has the same id, so that it counts once. */
  id: string
  replica: Replica
  exitCode: number | undefined
  isOutOfMemory: boolean
}

/** Writes down that a run ended. */
export async function recordExit(ctx: Ctx, exit: Exit): Promise<void> {
  await ctx.db
    .insertInto('replicaExit')
    .values({
      id: exit.id,
      deploymentId: exit.replica.deploymentId,
      replicaId: exit.replica.id,
      exitCode: exit.exitCode ?? null,
      outOfMemory: exit.isOutOfMemory ? 1 : 0,
      at: ctx.clock.now(),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Ends of a replica within the window, newest first. */
export async function recentExits(
  ctx: Ctx,
  replica: Pick<Replica, 'id' | 'deploymentId'>,
): Promise<Array<{ exitCode: number | null; outOfMemory: number }>> {
  return ctx.db
    .selectFrom('replicaExit')
    .select(['exitCode', 'outOfMemory'])
    .where('deploymentId', '=', replica.deploymentId)
    .where('replicaId', '=', replica.id)
    .where('at', '>', ctx.clock.now() - crashLoop.withinMs)
    .orderBy('at', 'desc')
    .execute()
}

export function newReplicaId(ctx: Ctx): string {
  return newId(ctx.clock.now())
}

export function toReplica(row: Selectable<ReplicaRow>): Replica {
  return {
    id: row.id,
    instanceId: row.instanceId,
    deploymentId: row.deploymentId,
    ordinal: row.ordinal,
    wanted: row.wanted === 'run' ? 'run' : 'remove',
    state: row.state as ReplicaState,
    isRouted: row.routed === 1,
    address: row.address ?? undefined,
    exitCode: row.exitCode ?? undefined,
    startedAt: row.startedAt ?? undefined,
    healthyAt: row.healthyAt ?? undefined,
    drainingAt: row.drainingAt ?? undefined,
    restartCount: row.restartCount,
    createdAt: row.createdAt,
    endedAt: row.endedAt ?? undefined,
  }
}
