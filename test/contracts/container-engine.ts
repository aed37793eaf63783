import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isHandcarError } from '../../src/kernel/errors.ts'
import { newId } from '../../src/kernel/ids.ts'
import { testEnds, testLife } from './container-engine-life.ts'
import { testObservation, testProbes } from './container-engine-observation.ts'
import { ContractSuite, type EngineHarness } from './container-engine-suite.ts'

/** The promises of the port, which every adapter keeps. */
export function describeContainerEngine(name: string, make: () => Promise<EngineHarness>): void {
  describe(`container engine: ${name}`, () => {
    const suite = new ContractSuite(make)
    beforeAll(() => suite.begin())
    afterEach(() => suite.removeReplicas())
    afterAll(() => suite.end())
    describe('networks', () => testNetworks(suite))
    describe('life of a replica', () => testLife(suite))
    describe('its end', () => testEnds(suite))
    describe('what it tells', () => testObservation(suite))
    describe('what the network shows', () => testProbes(suite))
  })
}

function testNetworks(suite: ContractSuite): void {
  it('makes an environment one network, however often it is asked', async () => {
    const plan = { environmentId: newId(), projectId: newId(), subnet: await suite.harness.freeSubnet() }
    await Promise.all([suite.engine.ensureNetwork(plan), suite.engine.ensureNetwork(plan)])
    await suite.engine.ensureNetwork(plan)
    const found = (await suite.engine.listNetworks()).filter((each) => each.environmentId === plan.environmentId)
    expect(found).toEqual([{ environmentId: plan.environmentId, subnet: plan.subnet }])
    expect(await suite.engine.takenSubnets()).toContain(plan.subnet)
    await suite.engine.removeNetwork(plan.environmentId)
    expect(await suite.engine.takenSubnets()).not.toContain(plan.subnet)
    await suite.engine.removeNetwork(plan.environmentId)
  })

  it('refuses a subnet that another network has', async () => {
    const plan = { environmentId: newId(), projectId: newId(), subnet: suite.network.subnet }
    const error = await suite.engine.ensureNetwork(plan).catch((caught: unknown) => caught)
    expect(isHandcarError(error, 'conflict') && error.code).toBe('engine.subnet_taken')
  })

  it('keeps a network that a replica is attached to, running or not', async () => {
    await suite.engine.create(suite.plan('server'))
    await suite.engine.removeNetwork(suite.network.environmentId)
    const ids = (await suite.engine.listNetworks()).map((each) => each.environmentId)
    expect(ids).toContain(suite.network.environmentId)
  })
}
