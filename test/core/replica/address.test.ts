import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freeAddress, subnetOf, takeAddressIn } from '../../../src/core/replica/address.ts'
import { purgeService } from '../../../src/core/service/purge-service.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
beforeEach(async () => {
  at = await world()
})
afterEach(() => at.close())

const take = (replicaId: string) =>
  at.ctx.db.transaction().execute((tx) =>
    takeAddressIn(tx, {
      environmentId: at.service.environmentId,
      subnet: '10.64.7.0/24',
      replicaId,
      now: at.clock.now(),
    }),
  )

describe('a network', () => {
  test('is chosen once and clear of what the host routes', async () => {
    at.engine.control.takenSubnet('10.64.0.0/16')
    const subnet = await subnetOf(at.ctx, at.service.environmentId)
    expect(subnet).toBe('10.65.0.0/24')
    expect(await subnetOf(at.ctx, at.service.environmentId)).toBe(subnet)
    expect(await subnetOf(at.ctx, at.foreign.environmentId)).toBe('10.65.1.0/24')
  })
  test('that cannot be had says what to do', async () => {
    at.engine.control.takenSubnet('10.0.0.0/8')
    await expect(subnetOf(at.ctx, at.service.environmentId)).rejects.toMatchObject({
      kind: 'limit',
      hint: expect.stringMatching(/Delete/),
    })
  })
})

describe('an address', () => {
  test('is one replica’s, and rests before it is another’s', async () => {
    expect([await take('a'), await take('b')]).toEqual(['10.64.7.2', '10.64.7.3'])
    await freeAddress(at.ctx, 'a')
    expect(await take('c')).toBe('10.64.7.4')
    await at.clock.advance(10 * 60_000)
    expect(await take('d')).toBe('10.64.7.2')
  })
})

describe('an address of a service that was deleted', () => {
  test('rests too: nobody else of the subnet gets it', async () => {
    expect(await take('a')).toBe('10.64.7.2')
    await freeAddress(at.ctx, 'a')
    await purgeService(at.ctx, at.service)
    const other = { environmentId: at.foreign.environmentId, subnet: '10.64.7.0/24', replicaId: 'b' }
    const taken = await at.ctx.db.transaction().execute((tx) => takeAddressIn(tx, { ...other, now: at.clock.now() }))
    expect(taken).toBe('10.64.7.3')
  })
})
