import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import type { Deployment } from '../../../src/core/deployment/deployment.ts'
import { appendLog, followLog, readLog } from '../../../src/core/deployment/deployment-log.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
let deployment: Deployment
beforeEach(async () => {
  at = await world()
  deployment = await requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha: 'a'.repeat(40), subject: 'A lamp', author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: false,
  })
})
afterEach(() => at.close())

describe('the log of a deployment', () => {
  test('counts its lines and gives any part of them', async () => {
    await appendLog(at.ctx, deployment.id, 'one\ntwo\nthree')
    await appendLog(at.ctx, deployment.id, 'four')
    expect((await readLog(at.ctx, deployment.id)).lines.map(({ number, text }) => `${number} ${text}`)).toEqual([
      '1 one',
      '2 two',
      '3 three',
      '4 four',
    ])
    expect((await readLog(at.ctx, deployment.id, { fromLine: 3 })).lines.map(({ text }) => text)).toEqual([
      'three',
      'four',
    ])
    expect(await readLog(at.ctx, deployment.id, { lastLines: 1 })).toMatchObject({ total: 4, lines: [{ number: 4 }] })
  })
  test('that nobody wrote is empty', async () => {
    expect(await readLog(at.ctx, deployment.id)).toEqual({ lines: [], total: 0 })
  })
  test('is bounded in a line and as a whole, and says so', async () => {
    await appendLog(at.ctx, deployment.id, 'x'.repeat(20_000))
    expect((await readLog(at.ctx, deployment.id)).lines[0]?.text).toMatch(/x \[line cut at 16 KB\]$/)
    const megabyte = Array.from({ length: 64 }, () => 'y'.repeat(16_000)).join('\n')
    for (let n = 0; n < 10; n++) await appendLog(at.ctx, deployment.id, megabyte)
    const { lines, total } = await readLog(at.ctx, deployment.id)
    expect(lines.at(-1)?.text).toMatch(/longer than 8 MB/)
    await appendLog(at.ctx, deployment.id, 'more\n !     The build failed\nand more')
    const after = await readLog(at.ctx, deployment.id)
    expect(after.lines.slice(total).map(({ text }) => text)).toEqual([' !     The build failed'])
  })
  test('is followed from any line to its end, which is the end of the deployment', async () => {
    await appendLog(at.ctx, deployment.id, 'one\ntwo')
    const seen: string[] = []
    const following = (async () => {
      for await (const { text } of followLog(at.ctx, deployment, { fromLine: 2, signal: new AbortController().signal }))
        seen.push(text)
    })()
    await appendLog(at.ctx, deployment.id, 'three')
    await cancel(at.ctx, at.ada, deployment)
    await following
    expect(seen).toEqual(['two', 'three'])
  })
})

test('an end that falls between the look at the row and the wait is heard', async () => {
  const { bus } = at.ctx
  // No look without news.
  const ctx = {
    ...at.ctx,
    bus: { ...bus, next: (topic, _, signal) => bus.next(topic, 3_600_000, signal) } as typeof bus,
  }
  await appendLog(ctx, deployment.id, 'one')
  const lines = followLog(ctx, deployment, { fromLine: 1, signal: new AbortController().signal })[
    Symbol.asyncIterator
  ]()
  await lines.next()
  const rest = lines.next()
  await new Promise((resolve) => setImmediate(resolve))
  await cancel(at.ctx, at.ada, deployment)
  expect((await rest).done).toBe(true)
})
