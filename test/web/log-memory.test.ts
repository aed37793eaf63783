import { expect, test } from 'vitest'
import { appendLog } from '../../src/core/deployment/deployment-log.ts'
import { newId } from '../../src/kernel/ids.ts'
import { logMemory } from '../../src/web/log-memory.ts'
import { world } from '../support/world.ts'

test('what was made of a log is made again only when the log has grown', async () => {
  await using at = await world()
  const [one, other] = [newId(), newId()]
  const recall = logMemory<number>()
  let made = 0
  const ask = (id: string) => recall(at.ctx, id, async () => ++made)
  expect([await ask(one), await ask(one)]).toEqual([1, 1])
  await appendLog(at.ctx, one, 'a line')
  expect([await ask(one), await ask(other), await ask(one)]).toEqual([2, 3, 2])
})

test('only so many logs are remembered', async () => {
  await using at = await world()
  const recall = logMemory<number>()
  let made = 0
  const ask = (id: string) => recall(at.ctx, id, async () => ++made)
  const ids = Array.from({ length: 201 }, () => newId())
  for (const id of ids) await ask(id)
  expect([await ask(ids[200] ?? ''), await ask(ids[0] ?? '')]).toEqual([201, 202])
})
