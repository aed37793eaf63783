import { expect, test } from 'vitest'
import { createService } from '../../../src/core/service/create-service.ts'
import { listServices, summarize } from '../../../src/core/service/read.ts'
import { again, deployed } from '../../support/deployed.ts'
import { world } from '../../support/world.ts'

test('a service that was never pushed has an address and nothing else', async () => {
  await using server = await world()
  expect(await summarize(server.ctx, server.service)).toMatchObject({
    url: 'http://web-lantern.localhost',
    condition: 'never_deployed',
    live: undefined,
    open: undefined,
    latest: undefined,
    replicas: [],
  })
})

test('a summary tells what serves, what is on its way and what came last', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  const retired = await deployed(ctx, ada, service, { state: 'removed', replicas: ['draining'] })
  const live = await deployed(ctx, ada, service, { state: 'live', replicas: ['healthy', 'healthy'] })
  await deployed(ctx, ada, service, { state: 'failed' })
  const open = await deployed(ctx, ada, service, { state: 'building' })
  const summary = await summarize(ctx, await again(ctx, service))
  expect(summary.condition).toBe('active')
  expect([summary.live?.id, summary.open?.id, summary.latest?.id]).toEqual([live.id, open.id, open.id])
  expect(summary.replicas).toEqual([
    { deploymentNumber: retired.number, state: 'draining', address: '10.1.0.2' },
    { deploymentNumber: live.number, state: 'healthy', address: '10.1.0.2' },
    { deploymentNumber: live.number, state: 'healthy', address: '10.1.0.3' },
  ])
})

test('a failed newest deployment does not hide the one that serves', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  const live = await deployed(ctx, ada, service, { state: 'live', replicas: ['healthy'] })
  const failed = await deployed(ctx, ada, service, { state: 'failed' })
  const summary = await summarize(ctx, await again(ctx, service))
  expect(summary).toMatchObject({ condition: 'active', open: undefined })
  expect([summary.live?.id, summary.latest?.id]).toEqual([live.id, failed.id])
})

test('each service of a list gets its own deployments and replicas', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  const worker = await createService(ctx, ada, { project: 'lantern', service: 'worker' })
  const web = await deployed(ctx, ada, service, { state: 'live', replicas: ['healthy'] })
  const other = await deployed(ctx, ada, worker, { state: 'live', replicas: ['crashed'] })
  const list = await listServices(ctx, ada, { project: 'lantern', environment: 'production' })
  expect(list.map((one) => [one.service.slug, one.condition, one.live?.id, one.replicas.length])).toEqual([
    ['web', 'active', web.id, 1],
    ['worker', 'crashed', other.id, 1],
  ])
})
