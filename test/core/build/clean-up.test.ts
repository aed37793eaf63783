import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cleanUpImages } from '../../../src/core/build/clean-up.ts'
import { floorOf } from '../../../src/core/build/disk.ts'
import { redeploy, rollBack } from '../../../src/core/deployment/again.ts'
import { findOpenDeployment, getDeployment, getDeploymentById } from '../../../src/core/deployment/read.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { commitFiles, startServer } from '../../support/mover.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
beforeEach(async () => {
  at = await world()
})
afterEach(() => at.close())

async function push(version: string) {
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n', version })
  const input = { instanceId: at.service.instanceId, branch: 'main', noCache: false, movesBranch: false }
  return requestDeployment(at.ctx, at.ada, { ...input, commit: { sha, subject: version, author: 'Ada' } })
}

test('the live release and the last five that were live keep their images; older ones go', async () => {
  const server = await startServer(at)
  for (let n = 1; n <= 8; n++) {
    const { id } = await push(String(n))
    await server.until(async () => (await getDeploymentById(at.ctx, id)).state === 'live', `#${n} is live`)
  }
  await server.kill()
  expect(await cleanUpImages(at.ctx)).toBe(2)
  expect(await at.builder.list()).toHaveLength(6)
  expect(await cleanUpImages(at.ctx)).toBe(0)
})

test('a failed deployment keeps its image while it is the newest, so that a redeploy can mend it', async () => {
  const server = await startServer(at)
  const first = await push('1')
  at.engine.control.program(`handcar/${at.service.id}:${first.id}`, { exitsWith: 1 })
  await server.until(async () => (await getDeploymentById(at.ctx, first.id)).state === 'failed', '#1 has failed')
  await server.kill()
  expect(await cleanUpImages(at.ctx)).toBe(0)
  expect((await redeploy(at.ctx, at.ada, at.service)).imageId).toBe((await getDeploymentById(at.ctx, first.id)).imageId)
})

test('an older failed deployment does not keep its image', async () => {
  const server = await startServer(at)
  const first = await push('1')
  at.engine.control.program(`handcar/${at.service.id}:${first.id}`, { exitsWith: 1 })
  await server.until(async () => (await getDeploymentById(at.ctx, first.id)).state === 'failed', '#1 has failed')
  const second = await push('2')
  await server.until(async () => (await getDeploymentById(at.ctx, second.id)).state === 'live', '#2 is live')
  await server.kill()
  expect(await cleanUpImages(at.ctx)).toBe(1)
  expect((await at.builder.list()).map(({ reference }) => reference)).toEqual([`handcar/${at.service.id}:${second.id}`])
})

test('what a rollback asks for while it cleans up stays, and an image that will not go stops nothing', async () => {
  const server = await startServer(at)
  for (let n = 1; n <= 8; n++) {
    const { id } = await push(String(n))
    await server.until(async () => (await getDeploymentById(at.ctx, id)).state === 'live', `#${n} is live`)
  }
  await server.kill()
  const remove = at.builder.remove.bind(at.builder)
  let removals = 0
  at.builder.remove = async (reference) => {
    removals += 1
    if (removals > 1) return remove(reference)
    await rollBack(at.ctx, at.ada, await getDeployment(at.ctx, at.service, 2))
    throw new Error('the engine stumbles')
  }
  await cleanUpImages(at.ctx)
  const second = await getDeployment(at.ctx, at.service, 2)
  expect(await at.builder.find(`handcar/${at.service.id}:${second.id}`)).toBeDefined()
  expect(at.builder.control.prunedTo).toHaveLength(1)
})

test('an image that is just being written down stays, however old its layers are', async () => {
  const { id } = await push('1')
  const reference = `handcar/${at.service.id}:${id}`
  const plan = { reference, serviceId: at.service.id, deploymentId: id, dockerfile: 'Dockerfile', noCache: false }
  const options = { signal: new AbortController().signal, timeoutMs: 1_000, onLine: () => undefined }
  await at.builder.build({ ...plan, memoryBytes: 1, cpuMillis: 1 }, Readable.from([]), options)
  const time = at.clock.now()
  expect(time - ((await at.builder.find(reference))?.createdAt ?? time)).toBeGreaterThan(60 * 60_000)
  await cleanUpImages(at.ctx)
  expect(await at.builder.find(reference)).toBeDefined()
})

test('below the disk floor a build is refused, with the figures', async () => {
  const server = await startServer(at)
  at.engine.control.disk(100 * 1024 ** 2, 20 * 1024 ** 3)
  const { id } = await push('full')
  await server.until(async () => (await findOpenDeployment(at.ctx, at.service.instanceId)) === undefined, 'it ends')
  await server.kill()
  expect(await getDeploymentById(at.ctx, id)).toMatchObject({
    state: 'failed',
    code: 'server.disk_full',
    why: 'Only 0.1 GB are free; builds need 1.0 GB.',
  })
})

test('the floor is a twentieth of the disk, within bounds', () => {
  const gigabyte = 1024 ** 3
  expect([floorOf(10 * gigabyte), floorOf(40 * gigabyte), floorOf(1000 * gigabyte)]).toEqual([
    gigabyte,
    2 * gigabyte,
    5 * gigabyte,
  ])
})
