import { expect, test } from 'vitest'
import { pendingVariables } from '../../../src/core/variable/pending.ts'
import { saveVariables, setVariable } from '../../../src/core/variable/save-variables.ts'
import { again, deployed } from '../../support/deployed.ts'
import { world } from '../../support/world.ts'

test('what is saved but not in the release that serves is pending, by name', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await saveVariables(ctx, ada, service, [
    { name: 'KEEP', value: '1' },
    { name: 'CHANGE', value: '1' },
    { name: 'DROP', value: '1' },
  ])
  expect([...(await pendingVariables(ctx, service))]).toEqual([])
  await deployed(ctx, ada, service, { state: 'live' })
  const live = await again(ctx, service)
  expect([...(await pendingVariables(ctx, live))]).toEqual([])
  await saveVariables(ctx, ada, service, [
    { name: 'KEEP', value: '1' },
    { name: 'CHANGE', value: '2' },
    { name: 'ADD', value: '1' },
  ])
  expect(Object.fromEntries(await pendingVariables(ctx, live))).toEqual({
    ADD: 'new',
    CHANGE: 'changed',
    DROP: 'removed',
  })
})

test('a value that goes back to what serves is not pending any more', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  await deployed(ctx, ada, service, { state: 'live' })
  const live = await again(ctx, service)
  await setVariable(ctx, ada, service, { name: 'A', value: '2' })
  await setVariable(ctx, ada, service, { name: 'A', value: '1' })
  expect((await pendingVariables(ctx, live)).size).toBe(0)
})
