import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { subnetOf } from '../../../src/core/replica/address.ts'
import { deleteService } from '../../../src/core/service/delete-service.ts'
import { getInstance } from '../../../src/core/service/read.ts'
import { stopService } from '../../../src/core/service/stop-service.ts'
import { type Server, startServer } from '../../support/mover.ts'
import { pushVersion, reach } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

const host = 'web-lantern.localhost'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
})
afterEach(async () => {
  at.engine.control.onCall(() => undefined)
  at.proxy.control.onPublish(() => undefined)
  await server.kill()
  await at.close()
})

const service = () => getInstance(at.ctx, at.service.instanceId)
const running = async () => (await at.engine.list()).filter((one) => one.state === 'running')

/** Does it once, while the proxy is being given the table that names the newest release. */
function duringTheSwitch(act: () => Promise<void>): void {
  let isDone = false
  at.proxy.control.onPublish(async (table) => {
    const isNamed = table.services.some(({ targets }) => targets.length > 0)
    if (isDone || !isNamed) return
    isDone = true
    await act()
  })
}

describe('while the proxy is being switched', () => {
  test('a stop is kept', async () => {
    duringTheSwitch(async () => stopService(at.ctx, at.ada, await service()))
    await reach(at, server, await pushVersion(at, '1'), 'canceled')
    await server.until(async () => (await running()).length === 0, 'nothing runs')
    expect(await service()).toMatchObject({ isStopped: true, liveDeploymentId: undefined })
  })

  test('a cancel is kept and the old release serves on', async () => {
    const first = await reach(at, server, await pushVersion(at, '1'), 'live')
    const second = await pushVersion(at, '2')
    duringTheSwitch(async () => cancel(at.ctx, at.ada, await getDeploymentById(at.ctx, second.id)))
    await reach(at, server, second, 'canceled')
    await server.until(async () => (await running()).length === 1, 'the new replica is gone')
    expect((await getDeploymentById(at.ctx, first.id)).state).toBe('live')
    expect(at.proxy.control.request(host)).toMatchObject({
      status: 200,
      targets: [{ address: (await running())[0]?.address }],
    })
  })
})

describe('an environment', () => {
  test('that is asked for its subnet twice at once has one', async () => {
    const ask = () => subnetOf(at.ctx, at.service.environmentId)
    const [one, other] = await Promise.all([ask(), ask()])
    expect(one).toBe(other)
  })
})

describe('an instance that is gone', () => {
  test('is not looked for again and again', async () => {
    await reach(at, server, await pushVersion(at, '1'), 'live')
    await deleteService(at.ctx, at.ada, await service(), 'web')
    const rows = () => at.ctx.db.selectFrom('instance').select('id').where('id', '=', at.service.instanceId).execute()
    await server.until(async () => (await rows()).length === 0, 'the rows are gone')
    server.converger.nudge(at.service.instanceId)
    let isIdle = false
    server.converger.idle().then(() => {
      isIdle = true
    })
    await server.until(async () => isIdle, 'the mover has settled')
  })
})

describe('two actions at once', () => {
  test('are both over before the next look, also when one fails', async () => {
    await at.ctx.db.updateTable('instance').set({ replicas: 2 }).execute()
    const open = new Map<string, number>()
    let most = 0
    let creations = 0
    const slow = Promise.withResolvers<void>()
    at.engine.control.onCall(async (call, target) => {
      if (call !== 'create') return
      creations += 1
      if (creations === 1) throw new Error('the engine stumbles')
      if (creations > 3) return
      open.set(target, (open.get(target) ?? 0) + 1)
      most = Math.max(most, open.get(target) ?? 0)
      await slow.promise
      open.set(target, (open.get(target) ?? 0) - 1)
    })
    const first = await pushVersion(at, '1')
    await server.until(async () => creations >= 2, 'two are created')
    for (let n = 0; n < 100; n++) {
      await at.clock.advance(50)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(most).toBe(1)
    slow.resolve()
    await reach(at, server, first, 'live')
  })
})
