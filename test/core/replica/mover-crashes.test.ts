import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { repositoryPath } from '../../../src/core/source/git.ts'
import { HandcarError } from '../../../src/kernel/errors.ts'
import { type Server, startServer } from '../../support/mover.ts'
import { imageOf, pushVersion, reach } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

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

const replicas = () => at.engine.list()
const codeOf = async (id: string) => (await getDeploymentById(at.ctx, id)).code
const isParked = (id: string) => async () => (await codeOf(id)) === 'app.crash_loop'

async function goLive(copies = 1) {
  await at.ctx.db.updateTable('instance').set({ replicas: copies }).execute()
  const deployment = await reach(at, server, await pushVersion(at, '1'), 'live')
  await server.until(async () => {
    const kept = at.engine.control.calls.filter(({ call }) => call === 'keepRunning')
    return kept.length === copies
  }, 'the engine keeps them running')
  return deployment
}

async function endAgainAndAgain(replicaId: string, times: number): Promise<void> {
  const exits = async () => (await at.ctx.db.selectFrom('replicaExit').select('id').execute()).length
  const before = await exits()
  for (let n = 1; n <= times; n++) {
    await server.until(async () => (await at.engine.inspect(replicaId))?.state === 'running', 'it runs')
    at.engine.control.exit(replicaId, 1)
    server.converger.nudge(at.service.instanceId)
    await server.until(async () => (await exits()) >= before + n, `end ${n} was written down`)
  }
}

describe('a live replica that ends again and again', () => {
  test('is parked also when it ends before anybody looks', async () => {
    const live = await goLive()
    at.engine.control.program(imageOf(at, live), { exitsWith: 1 })
    at.engine.control.vanish((await replicas())[0]?.replicaId ?? '')
    server.converger.nudge(at.service.instanceId)
    await server.until(isParked(live.id), 'it is parked')
    const starts = at.engine.control.calls.filter(({ call }) => call === 'start').length
    expect(starts).toBeLessThanOrEqual(1 + 5)
  })

  test('is parked also when others of the deployment are well', async () => {
    const live = await goLive(3)
    await endAgainAndAgain((await replicas())[0]?.replicaId ?? '', 5)
    await server.until(isParked(live.id), 'it is parked')
    await server.until(async () => (await replicas()).length === 2, 'two are left')
  })

  test('is counted anew although the engine begins its own count again', async () => {
    const live = await goLive()
    const replicaId = (await replicas())[0]?.replicaId ?? ''
    await endAgainAndAgain(replicaId, 4)
    await at.clock.advance(11 * 60_000)
    // As after a restart of the engine.
    await at.ctx.db.updateTable('replica').set({ restartCount: 0 }).execute()
    at.engine.control.restartCount(replicaId, 0)
    await server.until(async () => (await at.engine.inspect(replicaId))?.state === 'running', 'it runs')
    await endAgainAndAgain(replicaId, 5)
    await server.until(isParked(live.id), 'it is parked')
  })

  test('is taken away once it is parked, also when the engine fails in between', async () => {
    const live = await goLive()
    let failures = 0
    at.engine.control.onCall((call) => {
      if (call === 'stop' && failures++ < 2) throw new Error('the engine stumbles')
    })
    await endAgainAndAgain((await replicas())[0]?.replicaId ?? '', 5)
    await server.until(isParked(live.id), 'it is parked')
    await server.until(async () => (await replicas()).length === 0, 'nothing is left of it')
  })
})

describe('an engine that cannot read a log', () => {
  const unreadable = new HandcarError({ code: 'engine.failed', kind: 'unavailable', message: 'the log is damaged' })
  test('keeps nothing from ending and nothing from being taken away', async () => {
    at.engine.control.onCall((call) => {
      if (call === 'logs') throw unreadable
    })
    const bad = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, bad), { exitsWith: 1 })
    expect(await reach(at, server, bad, 'failed')).toMatchObject({ code: 'app.exited' })
    await server.until(async () => (await replicas()).length === 0, 'the replica is gone')
  })
})

describe('a branch that cannot be moved', () => {
  test('keeps no replica from being kept running', async () => {
    const deployment = await pushVersion(at, '1')
    const heads = join(repositoryPath(at.ctx, at.service.id), 'refs', 'heads')
    await mkdir(heads, { recursive: true })
    await writeFile(join(heads, 'main.lock'), '')
    await reach(at, server, deployment, 'live')
    const isKept = async () => at.engine.control.calls.some(({ call }) => call === 'keepRunning')
    await server.until(isKept, 'the engine keeps it running')
  })
})
