import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { HandcarError } from '../../../src/kernel/errors.ts'
import { type Server, startServer } from '../../support/mover.ts'
import { imageOf, pushVersion, reach } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

const full = 'no space left on device'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
})
afterEach(async () => {
  at.engine.control.onCall(() => undefined)
  await server.kill()
  await at.close()
})

const replicaOf = async (deploymentId: string) =>
  (await at.engine.list()).find(({ labels }) => labels.deployment === deploymentId)?.replicaId ?? ''

async function pass(ms: number): Promise<void> {
  const end = at.clock.now() + ms
  await server.until(async () => at.clock.now() >= end, 'time passes')
}

describe('an engine that is restarted while a new release starts', () => {
  test('costs the release neither its time nor a failure of the app', async () => {
    const deployment = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, deployment), { refusedProbes: 20 })
    await reach(at, server, deployment, 'starting')
    await server.until(async () => (await replicaOf(deployment.id)) !== '', 'it has a replica')
    const replicaId = await replicaOf(deployment.id)
    await server.until(async () => (await at.engine.inspect(replicaId))?.state === 'running', 'it runs')
    at.engine.control.away(true)
    await pass(90_000)
    at.engine.control.exit(replicaId, 137)
    at.engine.control.away(false)
    await reach(at, server, deployment, 'live')
  })
})

describe('a server that is away longer than the release has time', () => {
  test('goes on with it', async () => {
    const deployment = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, deployment), { refusedProbes: 20 })
    await reach(at, server, deployment, 'starting')
    await server.kill()
    await at.clock.advance(90_000)
    server = await startServer(at)
    await reach(at, server, deployment, 'live')
  })
})

describe('a replica that the engine never made', () => {
  test('is not blamed on the app or the proxy', async () => {
    at.engine.control.onCall((call) => {
      if (call === 'create') throw new HandcarError({ code: 'engine.failed', kind: 'unavailable', message: full })
    })
    const failed = await reach(at, server, await pushVersion(at, '1'), 'failed')
    expect(failed.code).toBe('deploy.timeout')
    expect((await getDeploymentById(at.ctx, failed.id)).why).toMatch(/was not started.*no space left/s)
  })
})
