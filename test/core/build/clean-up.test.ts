import { afterEach, beforeEach, expect, test } from 'vitest'
import { cleanUpImages } from '../../../src/core/build/clean-up.ts'
import { floorOf } from '../../../src/core/build/disk.ts'
import { redeploy } from '../../../src/core/deployment/again.ts'
import { findOpenDeployment, getDeploymentById } from '../../../src/core/deployment/read.ts'
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
