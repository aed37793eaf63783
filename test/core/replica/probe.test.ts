import { afterEach, beforeEach, expect, test } from 'vitest'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import type { Deployment } from '../../../src/core/deployment/deployment.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { commitFiles, type Server, startServer } from '../../support/mover.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  // An address where nothing is any more: the network answers after seconds, or never.
  at.engine.probe = () => new Promise(() => undefined)
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

async function pushAndProbe(): Promise<Deployment> {
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n' })
  const deployment = await requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: 'Light the lamp', author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
  await server.until(async () => (await at.engine.list()).some(({ state }) => state === 'running'), 'it runs')
  return deployment
}

const stateOf = async ({ id }: Deployment) => (await getDeploymentById(at.ctx, id)).state

test('a probe that never answers does not keep a cancel waiting', async () => {
  const deployment = await pushAndProbe()
  await cancel(at.ctx, at.ada, await getDeploymentById(at.ctx, deployment.id))
  await server.until(async () => (await stateOf(deployment)) === 'canceled', 'it is canceled')
})

test('a probe that never answers does not hide that the app has ended', async () => {
  const deployment = await pushAndProbe()
  const [replica] = await at.engine.list()
  at.engine.control.exit(replica?.replicaId ?? '', 3)
  server.converger.tellExit(replica?.replicaId ?? '', { exitCode: 3, isOutOfMemory: false })
  server.converger.nudge(at.service.instanceId)
  await server.until(async () => (await stateOf(deployment)) === 'failed', 'it has failed')
  expect(await getDeploymentById(at.ctx, deployment.id)).toMatchObject({ code: 'app.exited' })
})
