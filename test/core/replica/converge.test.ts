import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { redeploy, restart, rollBack } from '../../../src/core/deployment/again.ts'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import type { Deployment, DeploymentState } from '../../../src/core/deployment/deployment.ts'
import { getDeployment, getDeploymentById } from '../../../src/core/deployment/read.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { deleteService } from '../../../src/core/service/delete-service.ts'
import { getInstance } from '../../../src/core/service/read.ts'
import { stopService } from '../../../src/core/service/stop-service.ts'
import { git, repositoryPath } from '../../../src/core/source/git.ts'
import { commitFiles, type Server, startServer } from '../../support/mover.ts'
import { imageOf } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

const files = { Dockerfile: 'FROM scratch\nCOPY . .\n', 'index.js': 'serve()' }
const host = 'web-lantern.localhost'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

async function push(version: string): Promise<Deployment> {
  const sha = await commitFiles(at.ctx, at.service.id, { ...files, version })
  return requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: `Version ${version}`, author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
}

async function reach(deployment: Deployment, state: DeploymentState): Promise<Deployment> {
  const now = () => getDeploymentById(at.ctx, deployment.id)
  await server
    .until(async () => (await now()).state === state, `#${deployment.number} becomes ${state}`)
    .catch(async (error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(await now())}`)
    })
  return now()
}

async function settled(): Promise<void> {
  await server.until(async () => (await running()).length === (await wantedCount()), 'the old replicas are gone')
}
const running = async () => (await at.engine.list()).filter((one) => one.state === 'running')
const wantedCount = async () => ((await getInstance(at.ctx, at.service.instanceId)).liveDeploymentId ? 1 : 0)
const exits = async () => (await at.ctx.db.selectFrom('replicaExit').select('id').execute()).length
const served = () => at.proxy.control.request(host)

describe('a push', () => {
  test('becomes live, routed and followed by its branch', async () => {
    const first = await reach(await push('1'), 'live')
    await server.until(async () => (await getDeploymentById(at.ctx, first.id)).isBranchMoved, 'the branch follows')
    expect(served()).toMatchObject({ status: 200, from: 'service' })
    const [replica] = await running()
    expect(at.engine.control.plan(replica?.replicaId ?? '')?.variables).toMatchObject({
      PORT: '3000',
      HANDCAR_SERVICE: 'web',
      HANDCAR_DEPLOYMENT: '1',
      HANDCAR_COMMIT: first.commitSha,
      HANDCAR_URL: `http://${host}`,
    })
  })

  test('takes over from the one before, which is drained and removed', async () => {
    const first = await reach(await push('1'), 'live')
    const second = await reach(await push('2'), 'live')
    expect((await getDeploymentById(at.ctx, first.id)).state).toBe('removed')
    await settled()
    expect((await running()).map(({ labels }) => labels.deployment)).toEqual([second.id])
  })

  test('the same commit attaches while it is on its way', async () => {
    const [one, other] = [await push('1'), await push('1')]
    expect(other.id).toBe(one.id)
  })

  test('the newest of two wins, wherever the older one is', async () => {
    const older = await push('1')
    at.engine.control.program(`handcar/${at.service.id}:${older.id}`, { refusedProbes: 1_000_000 })
    const newer = await push('2')
    await reach(newer, 'live')
    expect(await getDeploymentById(at.ctx, older.id)).toMatchObject({ state: 'superseded', supersededBy: 2 })
  })
})

describe('an app that is not well', () => {
  const failing: Array<[string, Parameters<typeof at.engine.control.program>[1], string, RegExp]> = [
    ['ends at once', { exitsWith: 3, output: ['no config'] }, 'app.exited', /exit code 3[\s\S]*no config/],
    [
      'listens elsewhere',
      { listeners: [{ address: '0.0.0.0', port: 8080, loopback: false }] },
      'app.wrong_port',
      /port 8080/,
    ],
    [
      'listens on loopback',
      { listeners: [{ address: '127.0.0.1', port: 3000, loopback: true }] },
      'app.loopback_only',
      /127\.0\.0\.1:3000/,
    ],
    ['does not listen', { listeners: [] }, 'app.no_listener', /3000/],
  ]
  test.each(failing)('%s: the old one serves on and the reason is told', async (_, program, code, why) => {
    const first = await reach(await push('1'), 'live')
    const bad = await push('2')
    at.engine.control.program(`handcar/${at.service.id}:${bad.id}`, program)
    const failed = await reach(bad, 'failed')
    expect(failed.code).toBe(code)
    expect(failed.why).toMatch(why)
    expect((await getDeploymentById(at.ctx, first.id)).state).toBe('live')
    expect(served()).toMatchObject({ status: 200 })
    await settled()
  })

  test('crashes again and again: it is parked with its reason and answers 503', async () => {
    const first = await reach(await push('1'), 'live')
    const [replica] = await running()
    for (let n = 0; n < 5; n++) {
      await server.until(async () => served().status === 200, 'it serves again')
      at.engine.control.exit(replica?.replicaId ?? '', 9)
      server.converger.nudge(at.service.instanceId)
      await server.until(async () => (await exits()) === n + 1, 'its end was written down')
    }
    await server.until(async () => (await getDeploymentById(at.ctx, first.id)).code === 'app.crash_loop', 'crash loop')
    await server.until(async () => served().status === 503, 'the route is empty')
  })
})

describe('somebody', () => {
  test('cancels while the app starts', async () => {
    const first = await reach(await push('1'), 'live')
    const slow = await push('2')
    at.engine.control.program(`handcar/${at.service.id}:${slow.id}`, { refusedProbes: 1_000_000 })
    await reach(slow, 'starting')
    await cancel(at.ctx, at.ada, await getDeploymentById(at.ctx, slow.id))
    await reach(slow, 'canceled')
    expect((await getDeploymentById(at.ctx, first.id)).state).toBe('live')
    await settled()
  })

  test('rolls back: the earlier image without a build', async () => {
    const first = await reach(await push('1'), 'live')
    await reach(await push('2'), 'live')
    const back = await rollBack(at.ctx, at.ada, await getDeployment(at.ctx, at.service, 1))
    const now = await reach(back, 'live')
    expect(now).toMatchObject({ trigger: 'rollback', imageId: first.imageId, releaseId: first.releaseId })
  })

  test('stops it, then restarts it', async () => {
    await reach(await push('1'), 'live')
    await stopService(at.ctx, at.ada, await getInstance(at.ctx, at.service.instanceId))
    await server.until(async () => served().status === 503 && (await running()).length === 0, 'stopped')
    await reach(await restart(at.ctx, at.ada, at.service), 'live')
    expect(served()).toMatchObject({ status: 200 })
  })

  test('redeploys with a changed setting', async () => {
    await reach(await push('1'), 'live')
    await at.ctx.db.updateTable('instance').set({ replicas: 2 }).execute()
    await reach(await redeploy(at.ctx, at.ada, at.service), 'live')
    await server.until(async () => (await running()).length === 2, 'two replicas')
  })

  test('redeploys what a push could not bring live: its branch follows late; a rollback moves none', async () => {
    const branch = async () => {
      const path = repositoryPath(at.ctx, at.service.id)
      return (await git(path, ['rev-parse', 'main'])).stdout.toString().trim()
    }
    const first = await reach(await push('1'), 'live')
    const second = await push('2')
    at.engine.control.program(imageOf(at, second), { startError: 'the lamp is broken' })
    await reach(second, 'failed')
    expect(await branch()).toBe(first.commitSha)
    at.engine.control.program(imageOf(at, second), { startError: undefined })
    const again = await reach(await redeploy(at.ctx, at.ada, at.service), 'live')
    await server.until(async () => (await getDeploymentById(at.ctx, again.id)).isBranchMoved, 'the branch follows')
    expect(await branch()).toBe(second.commitSha)
    await reach(await rollBack(at.ctx, at.ada, await getDeployment(at.ctx, at.service, 1)), 'live')
    await reach(await redeploy(at.ctx, at.ada, at.service), 'live')
    await settled()
    expect(await branch()).toBe(second.commitSha)
  })

  test('deletes it: nothing is left, and the name is free', async () => {
    await reach(await push('1'), 'live')
    await deleteService(at.ctx, at.ada, await getInstance(at.ctx, at.service.instanceId), 'web')
    const rows = () => at.ctx.db.selectFrom('instance').select('id').where('id', '=', at.service.instanceId).execute()
    await server.until(async () => (await rows()).length === 0, 'the rows are gone')
    expect(await at.engine.list()).toEqual([])
    expect(served().status).not.toBe(503)
  })

  test.each(['vanish', 'disconnect'] as const)('lets a replica %s: it is replaced', async (harm) => {
    await reach(await push('1'), 'live')
    const [before] = await running()
    at.engine.control[harm](before?.replicaId ?? '')
    server.converger.nudge(at.service.instanceId)
    const isReplaced = async () => {
      const now = await running()
      return now.length === 1 && now[0]?.replicaId !== before?.replicaId && served().status === 200
    }
    await server.until(isReplaced, 'a new replica serves')
  })
})

describe('a crash of the server', () => {
  test('at any call of the engine or the proxy: the deployment goes on', async () => {
    await reach(await push('1'), 'live')
    for (const [index, call] of ['create', 'start', 'inspect', 'probe', 'publish', 'stop', 'remove'].entries()) {
      const next = await push(`crash ${index}`)
      let hit = false
      const strike = (what: string) => {
        if (what !== call || hit) return
        hit = true
        throw new Error('killed here')
      }
      at.engine.control.onCall(strike)
      at.proxy.control.onPublish(() => strike('publish'))
      await server.until(async () => hit || (await getDeploymentById(at.ctx, next.id)).state === 'live', call)
      await server.kill()
      at.engine.control.onCall(() => undefined)
      at.proxy.control.onPublish(() => undefined)
      expect(served()).toMatchObject({ status: 200 })
      server = await startServer(at)
      await reach(next, 'live')
      await settled()
    }
  })
})
