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

describe('a machine that is restarted while a new release starts', () => {
  async function beginToStart(version = '1') {
    const deployment = await pushVersion(at, version)
    at.engine.control.program(imageOf(at, deployment), { refusedProbes: 20 })
    await reach(at, server, deployment, 'starting')
    await server.until(async () => (await replicaOf(deployment.id)) !== '', 'it has a replica')
    const replicaId = await replicaOf(deployment.id)
    const isSeen = async () =>
      (await at.ctx.db.selectFrom('replica').select('startedAt').where('id', '=', replicaId).executeTakeFirst())
        ?.startedAt != null
    await server.until(isSeen, 'it was seen running')
    return { deployment, replicaId }
  }
  const exits = () => at.ctx.db.selectFrom('replicaExit').selectAll().execute()

  test.each([255, 137, 143])('ends it with %i, and it goes on when all is back', async (exitCode) => {
    const { deployment, replicaId } = await beginToStart()
    await server.kill()
    at.engine.control.exit(replicaId, exitCode)
    server = await startServer(at)
    await reach(at, server, deployment, 'live')
    expect(await replicaOf(deployment.id)).toBe(replicaId)
    expect(await exits()).toEqual([])
  })

  test('and an engine that cannot start it at first cost it nothing', async () => {
    const { deployment, replicaId } = await beginToStart()
    await server.kill()
    at.engine.control.exit(replicaId, 255)
    let failures = 0
    at.engine.control.onCall((call) => {
      if (call !== 'start' || failures++ > 2) return
      throw new HandcarError({ code: 'engine.failed', kind: 'unavailable', message: 'the network is not there yet' })
    })
    server = await startServer(at)
    await reach(at, server, deployment, 'live')
    expect(failures).toBeGreaterThan(2)
  })

  test('keeps no app that ends by itself from being told so', async () => {
    const { deployment, replicaId } = await beginToStart()
    await server.kill()
    at.engine.control.program(replicaId, { exitsWith: 3 })
    at.engine.control.exit(replicaId, 3)
    server = await startServer(at)
    expect(await reach(at, server, deployment, 'failed')).toMatchObject({
      code: 'app.exited',
      why: expect.stringContaining('exit code 3'),
    })
    expect(at.engine.control.calls.filter(({ call }) => call === 'start')).toHaveLength(2)
  })

  test('an end that was seen before is not excused', async () => {
    const { deployment, replicaId } = await beginToStart()
    await server.kill()
    at.engine.control.exit(replicaId, 3)
    await at.ctx.db.updateTable('replica').set({ state: 'unhealthy' }).where('id', '=', replicaId).execute()
    server = await startServer(at)
    expect(await reach(at, server, deployment, 'failed')).toMatchObject({ code: 'app.exited' })
  })

  test('what serves is counted as before', async () => {
    const live = await reach(at, server, await pushVersion(at, '1'), 'live')
    const replicaId = await replicaOf(live.id)
    await server.kill()
    at.engine.control.exit(replicaId, 137)
    server = await startServer(at)
    await server.until(async () => (await exits()).length === 1, 'its end was written down')
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
