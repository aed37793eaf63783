import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { setAddress } from '../../../src/core/account/address.ts'
import { createPublisher, type Publisher } from '../../../src/core/route/publish.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
let publisher: Publisher
beforeEach(async () => {
  at = await world()
  publisher = createPublisher(at.ctx)
})
afterEach(() => at.close())

describe('publishing', () => {
  test('writes every service, with 503 where nothing runs, and the panel for any other name', async () => {
    await publisher.publish()
    expect(at.proxy.control.request('web-lantern.localhost')).toMatchObject({ status: 503 })
    expect(at.proxy.control.request('anything.test')).toMatchObject({ from: 'panel' })
  })
  test('the same again writes nothing', async () => {
    await publisher.publish()
    await publisher.publish()
    expect(at.proxy.control.history).toHaveLength(1)
  })
  test('after a restart of the server finds its table served and writes nothing', async () => {
    await publisher.publish()
    await createPublisher(at.ctx).publish()
    expect(at.proxy.control.history).toHaveLength(1)
  })
  test.each(['loseFile', 'spoilFile'] as const)('heals when somebody does %s', async (harm) => {
    await publisher.publish()
    at.proxy.control[harm]()
    await publisher.publish()
    expect(at.proxy.control.request('web-lantern.localhost')).toMatchObject({ status: 503, from: 'service' })
    expect(at.proxy.control.history).toHaveLength(2)
  })
  test('many at once are joined', async () => {
    await Promise.all(Array.from({ length: 20 }, () => publisher.publish()))
    expect(at.proxy.control.history.length).toBeLessThanOrEqual(2)
  })
  test('goes on after a failure', async () => {
    at.proxy.control.stopConfirming(true)
    await expect(publisher.publish()).rejects.toMatchObject({ kind: 'timeout' })
    at.proxy.control.stopConfirming(false)
    await publisher.publish()
    expect(at.proxy.control.request('web-lantern.localhost')).toMatchObject({ status: 503 })
  })
  test('a change of the address moves every name', async () => {
    await publisher.publish()
    await setAddress(at.ctx, at.ada, { panelHost: 'panel.test', appsHost: 'apps.test' })
    await publisher.publish()
    expect(at.proxy.control.request('web-lantern.apps.test')).toMatchObject({ status: 503 })
    expect(at.proxy.control.request('web-lantern.localhost')).toMatchObject({ from: 'panel' })
  })
})
