import { expect, test } from 'vitest'
import { setAddress } from '../../../src/core/account/address.ts'
import { getProject, listProjects } from '../../../src/core/project/read.ts'
import { createService } from '../../../src/core/service/create-service.ts'
import { deleteService } from '../../../src/core/service/delete-service.ts'
import { findServiceForPush, getInstance, getService, listServices } from '../../../src/core/service/read.ts'
import { followBranchIn } from '../../../src/core/service/store.ts'
import { transaction } from '../../../src/kernel/db.ts'
import { emptyWorld, world } from '../../support/world.ts'

const lantern = { project: 'lantern', environment: 'production' }

test('a new service makes its project and production environment, and is found by its path', async () => {
  await using server = await world()
  const { ctx, ada } = server
  const made = await createService(ctx, ada, { project: 'beacon', service: 'api' })
  expect(made).toMatchObject({ project: 'beacon', environment: 'production', slug: 'api', hostLabel: 'api-beacon' })
  expect(await getService(ctx, ada, { project: 'beacon', environment: 'production', service: 'api' })).toEqual(made)
  expect(await findServiceForPush(ctx, ada, 'beacon', 'api')).toEqual(made)
  expect((await listProjects(ctx, ada)).map(({ project }) => project.slug)).toEqual(['beacon', 'lantern'])
})

test('a second service joins the project that is there', async () => {
  await using server = await world()
  const made = await createService(server.ctx, server.ada, { project: 'lantern', service: 'worker' })
  expect(made.projectId).toBe(server.service.projectId)
  expect(made.environmentId).toBe(server.service.environmentId)
})

test.each([
  ['Lantern', 'web', 'project'],
  ['', 'web', 'project'],
  ['lantern', '-web', 'service'],
  ['lantern', 'web.git', 'service'],
  ['lantern', '../web', 'service'],
  ['a'.repeat(41), 'web', 'project'],
])('names like %j and %j are refused at %s', async (project, service, field) => {
  await using server = await world()
  await expect(createService(server.ctx, server.ada, { project, service })).rejects.toMatchObject({
    kind: 'invalid',
    field,
  })
})

test('a service that is there already is a conflict, also for many at the same moment', async () => {
  await using server = await world()
  const { ctx, ada } = server
  await expect(createService(ctx, ada, { project: 'lantern', service: 'web' })).rejects.toMatchObject({
    code: 'service.exists',
  })
  const made = await Promise.allSettled(
    Array.from({ length: 10 }, () => createService(ctx, ada, { project: 'new', service: 'one' })),
  )
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('two services whose names make the same host label get different ones', async () => {
  await using server = await world()
  const { ctx, ada, mallory } = server
  const one = await createService(ctx, ada, { project: 'c', service: 'a-b' })
  const other = await createService(ctx, ada, { project: 'b-c', service: 'a' })
  const foreign = await createService(ctx, mallory, { project: 'c', service: 'a-b' })
  expect([one, other, foreign].map(({ hostLabel }) => hostLabel)).toEqual(['a-b-c', 'a-b-c-2', 'a-b-c-3'])
})

test("no service gets the panel's own name", async () => {
  await using server = await world()
  const { ctx, ada } = server
  await setAddress(ctx, ada, { panelHost: 'panel-home.example.com', appsHost: 'example.com' })
  const made = await createService(ctx, ada, { project: 'home', service: 'panel' })
  expect(made.hostLabel).toBe('panel-home-2')
})

test('the longest names fit a DNS label and stay apart', async () => {
  await using server = await world()
  const { ctx, ada } = server
  const long = 'a'.repeat(39)
  const one = await createService(ctx, ada, { project: `${long}b`, service: `${long}c` })
  const other = await createService(ctx, ada, { project: `${long}d`, service: `${long}c` })
  expect(one.hostLabel).not.toBe(other.hostLabel)
  for (const { hostLabel } of [one, other]) expect(hostLabel).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/)
})

test('a deleted service is found by nobody but core, and its name and address are free again', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await deleteService(ctx, ada, service, 'web')
  await expect(getService(ctx, ada, { ...lantern, service: 'web' })).rejects.toMatchObject({ kind: 'not_found' })
  expect(await findServiceForPush(ctx, ada, 'lantern', 'web')).toBeUndefined()
  expect(await listServices(ctx, ada, lantern)).toEqual([])
  expect((await getInstance(ctx, service.instanceId)).isDeleted).toBe(true)
  const again = await createService(ctx, ada, { project: 'lantern', service: 'web' })
  expect(again.id).not.toBe(service.id)
  expect(again.hostLabel).toBe('web-lantern')
})

test('the first branch that is pushed is followed, and a second one is not', async () => {
  await using server = await world()
  const { ctx, service } = server
  const follow = (branch: string) => transaction(ctx.db, (tx) => followBranchIn(tx, service.instanceId, branch))
  expect(await follow('main')).toBe(true)
  expect(await follow('other')).toBe(false)
  expect((await getInstance(ctx, service.instanceId)).branch).toBe('main')
})

test('a foreign service is as absent as one that never was', async () => {
  await using server = await world()
  const { ctx, ada, mallory } = server
  const path = { project: 'vault', environment: 'production', service: 'secret' }
  expect(await getService(ctx, mallory, path)).toMatchObject({ slug: 'secret' })
  const refusal = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)
  const foreign = await refusal(getService(ctx, ada, path))
  const absent = await refusal(getService(ctx, ada, { ...path, service: 'nothing' }))
  expect(foreign).toMatchObject({ code: 'service.not_found', kind: 'not_found' })
  expect(absent).toEqual(foreign)
  expect(await findServiceForPush(ctx, ada, 'vault', 'secret')).toBeUndefined()
  expect(await listServices(ctx, ada, path)).toEqual([])
  await expect(getProject(ctx, ada, path)).rejects.toMatchObject({ code: 'project.not_found' })
})

test('the same names in two teams are two services', async () => {
  await using server = await world()
  const { ctx, ada, mallory, service } = server
  const hers = await getService(ctx, mallory, { ...lantern, service: 'web' })
  expect(hers.id).not.toBe(service.id)
  expect((await listProjects(ctx, ada)).flatMap(({ services }) => services.map((one) => one.service.id))).toEqual([
    service.id,
  ])
})

test('a server with no projects lists none', async () => {
  await using server = await emptyWorld()
  const nobody = { teamId: 'none', personId: undefined, name: 'nobody' }
  expect(await listProjects(server.ctx, nobody)).toEqual([])
})
