import type { Ctx, Reader } from '../ctx.ts'
import { variablePlace } from './variable.ts'

/** Opened values of an instance by name, for releases and the redactor. */
export async function variablesOf(
  ctx: Ctx,
  instanceId: string,
  reader: Reader = ctx.db,
): Promise<Record<string, string>> {
  const rows = await reader
    .selectFrom('variable')
    .select(['id', 'name', 'valueSealed'])
    .where('instanceId', '=', instanceId)
    .orderBy('name')
    .execute()
  return Object.fromEntries(
    rows.map(({ id, name, valueSealed }) => [name, ctx.seal.open(valueSealed, variablePlace(id))]),
  )
}

export interface ListedVariable {
  name: string
  updatedAt: number
}

/** Names only: no value is opened for a list. */
export async function listVariables(ctx: Ctx, instanceId: string): Promise<ListedVariable[]> {
  return ctx.db
    .selectFrom('variable')
    .select(['name', 'updatedAt'])
    .where('instanceId', '=', instanceId)
    .orderBy('name')
    .execute()
}
