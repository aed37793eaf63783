import { transaction } from '../../kernel/db.ts'
import { type Actor, notFound } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Service } from '../service/service.ts'
import { openVariablesIn } from './store.ts'
import type { Variable } from './variable.ts'

/** Opened values for a person to read, one or all, by name; who looked is written down in the same transaction. */
export async function revealVariables(ctx: Ctx, actor: Actor, service: Service, name?: string): Promise<Variable[]> {
  return transaction(ctx.db, async (tx) => {
    const all = await openVariablesIn(ctx, tx, service.instanceId)
    const shown = all.filter((variable) => name === undefined || variable.name === name)
    if (name !== undefined && shown.length === 0) throw notFound('variable')
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'variable.revealed',
      subjectId: service.instanceId,
      actor: actor.name,
      detail: { name: name ?? null },
      at: ctx.clock.now(),
    })
    return shown
      .map((variable) => ({ name: variable.name, value: variable.value }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  })
}
