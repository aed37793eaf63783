import { expect, test } from 'vitest'
import { getService } from '../../../src/core/service/read.ts'
import { listVariables, variablesOf } from '../../../src/core/variable/read.ts'
import { revealVariables } from '../../../src/core/variable/reveal-variables.ts'
import { deleteVariable, saveVariables, setVariable } from '../../../src/core/variable/save-variables.ts'
import { insertVariableIn } from '../../../src/core/variable/store.ts'
import { world } from '../../support/world.ts'

test('a saved set is the whole set, byte by byte', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await saveVariables(ctx, ada, service, [
    { name: 'KEEP', value: 'same' },
    { name: 'CHANGE', value: 'old' },
    { name: 'DROP', value: 'x' },
  ])
  const changes = await saveVariables(ctx, ada, service, [
    { name: 'KEEP', value: 'same' },
    { name: 'CHANGE', value: ' new\n\t"\' \u{1F682}' },
    { name: 'ADD', value: '' },
  ])
  expect(changes).toEqual({ added: ['ADD'], changed: ['CHANGE'], removed: ['DROP'] })
  expect(await variablesOf(ctx, service.instanceId)).toEqual({ ADD: '', CHANGE: ' new\n\t"\' \u{1F682}', KEEP: 'same' })
})

test('values are sealed in the database, each to its own row', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await saveVariables(ctx, ada, service, [
    { name: 'A', value: 'swordfish' },
    { name: 'B', value: 'marlin' },
  ])
  const rows = await ctx.db.selectFrom('variable').selectAll().execute()
  expect(JSON.stringify(rows)).not.toMatch(/swordfish|marlin/)
  const [one, other] = rows
  await ctx.db
    .updateTable('variable')
    .set({ valueSealed: other?.valueSealed ?? '' })
    .where('id', '=', one?.id ?? '')
    .execute()
  await expect(variablesOf(ctx, service.instanceId)).rejects.toMatchObject({ code: 'seal.wrong_key' })
})

test('what has not changed is not written again', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  const before = await listVariables(ctx, service.instanceId)
  await server.clock.advance(1000)
  expect(await setVariable(ctx, ada, service, { name: 'A', value: '1' })).toEqual({
    added: [],
    changed: [],
    removed: [],
  })
  expect(await listVariables(ctx, service.instanceId)).toEqual(before)
})

test('one variable is added, replaced and removed while the others stay', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  await setVariable(ctx, ada, service, { name: 'B', value: '2' })
  await setVariable(ctx, ada, service, { name: 'A', value: '3' })
  await deleteVariable(ctx, ada, service, 'B')
  expect(await variablesOf(ctx, service.instanceId)).toEqual({ A: '3' })
  await expect(deleteVariable(ctx, ada, service, 'B')).rejects.toMatchObject({ kind: 'not_found' })
})

test.each([
  [{ name: 'HANDCAR_URL', value: 'x' }, 'name'],
  [{ name: '', value: 'x' }, 'name'],
  [{ name: 'A B', value: 'x' }, 'name'],
  [{ name: 'A', value: 'a\0b' }, 'value'],
  [{ name: 'A', value: 'x'.repeat(101 * 1024) }, 'value'],
])('a variable that no program can be given is refused, and nothing changes', async (variable, field) => {
  await using server = await world()
  const { ctx, ada, service } = server
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  await expect(setVariable(ctx, ada, service, variable)).rejects.toMatchObject({ kind: 'invalid', field })
  await expect(saveVariables(ctx, ada, service, [variable])).rejects.toMatchObject({ kind: 'invalid', field })
  expect(await variablesOf(ctx, service.instanceId)).toEqual({ A: '1' })
})

test('together they stay within what a program can be given', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  const long = (number: number) => ({ name: `A${number}`, value: 'x'.repeat(99 * 1024) })
  const ten = Array.from({ length: 10 }, (_, number) => long(number))
  await saveVariables(ctx, ada, service, ten)
  const refused = { code: 'variable.not_allowed', kind: 'invalid', message: expect.stringContaining('1090 KB') }
  await expect(setVariable(ctx, ada, service, long(10))).rejects.toMatchObject(refused)
  await expect(saveVariables(ctx, ada, service, [...ten, long(10)])).rejects.toMatchObject(refused)
  expect((await listVariables(ctx, service.instanceId)).length).toBe(10)
  await setVariable(ctx, ada, service, { ...long(9), value: 'short' })
  await setVariable(ctx, ada, service, { name: 'B', value: 'short' })
})

test('a set that was too much before may become less, one by one', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await saveVariables(
    ctx,
    ada,
    service,
    Array.from({ length: 10 }, (_, number) => ({ name: `A${number}`, value: 'x'.repeat(99 * 1024) })),
  )
  await ctx.db.transaction().execute(async (tx) => {
    for (const name of ['B', 'C']) {
      await insertVariableIn(ctx, tx, service.instanceId, { name, value: 'x'.repeat(99 * 1024) })
    }
  })
  await setVariable(ctx, ada, service, { name: 'B', value: 'x'.repeat(80 * 1024) })
  await expect(setVariable(ctx, ada, service, { name: 'D', value: '' })).rejects.toMatchObject({ kind: 'invalid' })
})

test('of two services each has its own variables', async () => {
  await using server = await world()
  const { ctx, ada, mallory, service } = server
  const hers = await getService(ctx, mallory, { project: 'lantern', environment: 'production', service: 'web' })
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  await setVariable(ctx, mallory, hers, { name: 'A', value: '2' })
  await saveVariables(ctx, mallory, hers, [])
  expect(await variablesOf(ctx, service.instanceId)).toEqual({ A: '1' })
})

test('who looked at which value is written down, and no event holds a value', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await setVariable(ctx, ada, service, { name: 'A', value: 'swordfish' })
  expect(await revealVariables(ctx, ada, service, 'A')).toEqual([{ name: 'A', value: 'swordfish' }])
  await expect(revealVariables(ctx, ada, service, 'B')).rejects.toMatchObject({ kind: 'not_found' })
  const events = await ctx.db.selectFrom('event').selectAll().where('subjectId', '=', service.instanceId).execute()
  expect(events.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['variable.changed', ada.name],
    ['variable.revealed', ada.name],
  ])
  expect(JSON.stringify(events)).not.toContain('swordfish')
})
