import { newId } from '../../kernel/ids.ts'
import type { Ctx, Tx } from '../ctx.ts'
import { type Variable, variablePlace } from './variable.ts'

export interface SavedVariable extends Variable {
  id: string
}

/** With opened values, so that a save can leave alone what has not changed. */
export async function openVariablesIn(ctx: Ctx, tx: Tx, instanceId: string): Promise<SavedVariable[]> {
  const rows = await tx
    .selectFrom('variable')
    .select(['id', 'name', 'valueSealed'])
    .where('instanceId', '=', instanceId)
    .execute()
  return rows.map(({ id, name, valueSealed }) => ({ id, name, value: ctx.seal.open(valueSealed, variablePlace(id)) }))
}

export async function insertVariableIn(ctx: Ctx, tx: Tx, instanceId: string, variable: Variable): Promise<void> {
  const at = ctx.clock.now()
  const id = newId(at)
  const valueSealed = ctx.seal.seal(variable.value, variablePlace(id))
  await tx
    .insertInto('variable')
    .values({ id, instanceId, name: variable.name, valueSealed, createdAt: at, updatedAt: at })
    .execute()
}

export async function updateVariableIn(ctx: Ctx, tx: Tx, id: string, value: string): Promise<void> {
  const valueSealed = ctx.seal.seal(value, variablePlace(id))
  await tx.updateTable('variable').set({ valueSealed, updatedAt: ctx.clock.now() }).where('id', '=', id).execute()
}

export async function deleteVariableIn(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('variable').where('id', '=', id).execute()
}
