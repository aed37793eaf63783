import { transaction } from '../../kernel/db.ts'
import { HandcarError } from '../../kernel/errors.ts'
import { type Actor, notFound } from '../actor.ts'
import { type Ctx, type Tx, tellChanged } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Problem } from '../problem.ts'
import type { Service } from '../service/service.ts'
import { deleteVariableIn, insertVariableIn, openVariablesIn, type SavedVariable, updateVariableIn } from './store.ts'
import { bytesOf, checkVariable, mostVariables, togetherFault, type Variable } from './variable.ts'

/** Names by what a save did to them. */
export interface VariableChanges {
  added: string[]
  changed: string[]
  removed: string[]
}

/** The given set becomes the whole set, in one transaction: what is not in it is removed. Values byte by byte. */
export async function saveVariables(
  ctx: Ctx,
  actor: Actor,
  service: Service,
  variables: readonly Variable[],
): Promise<VariableChanges> {
  for (const variable of variables) refuse(checkVariable(variable))
  const wanted = new Map(variables.map(({ name, value }) => [name, value]))
  refuse(tooLong(bytesOf([...wanted].map(([name, value]) => ({ name, value })))))
  return change(ctx, actor, service, async (tx, saved) => {
    const removed = saved.filter(({ name }) => !wanted.has(name))
    for (const { id } of removed) await deleteVariableIn(tx, id)
    const changes: VariableChanges = { added: [], changed: [], removed: removed.map(({ name }) => name) }
    for (const [name, value] of wanted) await putIn(ctx, tx, service, saved, { name, value }, changes)
    return changes
  })
}

/** Adds one variable or replaces its value; the others stay. */
export async function setVariable(
  ctx: Ctx,
  actor: Actor,
  service: Service,
  variable: Variable,
): Promise<VariableChanges> {
  refuse(checkVariable(variable))
  return change(ctx, actor, service, async (tx, saved) => {
    const changes: VariableChanges = { added: [], changed: [], removed: [] }
    await putIn(ctx, tx, service, saved, variable, changes)
    if (saved.length + changes.added.length > mostVariables) refuse([tooMany()])
    const others = bytesOf(saved.filter(({ name }) => name !== variable.name))
    const after = others + bytesOf([variable])
    // What is too much already may become less one by one.
    if (after > bytesOf(saved)) refuse(tooLong(after))
    return changes
  })
}

export async function deleteVariable(ctx: Ctx, actor: Actor, service: Service, name: string): Promise<void> {
  await change(ctx, actor, service, async (tx, saved) => {
    const found = saved.find((variable) => variable.name === name)
    if (!found) throw notFound('variable')
    await deleteVariableIn(tx, found.id)
    return { added: [], changed: [], removed: [name] }
  })
}

async function putIn(
  ctx: Ctx,
  tx: Tx,
  service: Service,
  saved: readonly SavedVariable[],
  { name, value }: Variable,
  changes: VariableChanges,
): Promise<void> {
  const existing = saved.find((variable) => variable.name === name)
  if (!existing) {
    await insertVariableIn(ctx, tx, service.instanceId, { name, value })
    changes.added.push(name)
  } else if (existing.value !== value) {
    await updateVariableIn(ctx, tx, existing.id, value)
    changes.changed.push(name)
  }
}

/** Reads and writes in one transaction; the event tells the names and never a value. */
async function change(
  ctx: Ctx,
  actor: Actor,
  service: Service,
  act: (tx: Tx, saved: SavedVariable[]) => Promise<VariableChanges>,
): Promise<VariableChanges> {
  const changes = await transaction(ctx.db, async (tx) => {
    const made = await act(tx, await openVariablesIn(ctx, tx, service.instanceId))
    if (made.added.length + made.changed.length + made.removed.length === 0) return made
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'variable.changed',
      subjectId: service.instanceId,
      actor: actor.name,
      detail: {
        added: made.added.join(' '),
        changed: made.changed.join(' '),
        removed: made.removed.join(' '),
      },
      at: ctx.clock.now(),
    })
    return made
  })
  tellChanged(ctx, service.instanceId)
  return changes
}

function refuse(problems: Problem[]): void {
  const [first] = problems
  if (!first) return
  throw new HandcarError({
    code: 'variable.not_allowed',
    kind: 'invalid',
    message: first.message,
    field: first.field,
    hint: 'Correct it and save again; nothing was changed',
  })
}

function tooLong(bytes: number): Problem[] {
  const message = togetherFault(bytes)
  return message === undefined ? [] : [{ field: 'value', message }]
}

function tooMany(): Problem {
  return { field: 'name', message: `A service can have at most ${mostVariables} variables` }
}
