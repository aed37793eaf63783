import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type SampleAnswer, sampleApp } from '../support/sample-app.ts'
import { linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectConfined } from './support/invariants.ts'
import { expectMoved, settingsForm } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'

const page = '/p/lantern/production/s/web'
/** Says what it was started with, and which replica it is. */
const wordy = `server.on('request', (_, response) => {
  response.setHeader('x-arguments', process.argv.slice(2).join(' '))
  response.setHeader('x-replica', require('node:os').hostname())
})`

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  await tree.commit({ ...sampleApp({ release: 'one', before: wordy }) })
  expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

test('a service runs with its settings after the next deployment, without a failed request', async () => {
  const poller = startPoller(handcar, 'lantern/web')
  await redeployWith({ port: '4321', health_path: '/health?lamp=1', replicas: '2', memory: '64m', cpu: '0.25' })
  const containers = await containersOf(handcar.installId)
  expect(containers).toHaveLength(2)
  for (const container of containers) {
    expectConfined(container, handcar.installId)
    expect(container.HostConfig).toMatchObject({ Memory: 64 * 1024 ** 2, NanoCpus: 250_000_000 })
    expect(container.Config.Env).toContain('PORT=4321')
  }
  expect(await logOfNewest()).toContain('-----> Health check passed: GET /health?lamp=1 answered well')
  await eventually('both answer', async () => (await replicasThatAnswer(20)).size === 2)
  expect(failuresOf(await poller.stop())).toEqual([])
})

test('one of two replicas that is taken away is made again, while the other one serves', async () => {
  const containers = await containersOf(handcar.installId)
  const [first] = containers
  await docker('rm', '--force', first?.Id ?? '')
  const kept = containers.at(1)?.Id
  await eventually('it is made again', async () => (await replicasThatAnswer(20)).size === 2)
  await eventually('the other one is still there', async () => {
    const ids = (await containersOf(handcar.installId)).map(({ Id }) => Id)
    return (ids.length === 2 && ids.includes(kept ?? '') && !ids.includes(first?.Id ?? '')) || ids
  })
})

test('a start command of its own is what runs, and receives what it was given', async () => {
  await redeployWith({ start_command: 'node index.js --lamp "two words" $PORT' })
  const { headers } = await handcar.ask('lantern/web')
  expect(headers['x-arguments']).toBe('--lamp two words 3000')
  expect(await containersOf(handcar.installId)).toHaveLength(1)
})

test('a root directory is what is built', async () => {
  const files = sampleApp({ release: 'inside' })
  const inside = Object.fromEntries(Object.entries(files).map(([name, text]) => [`apps/lamp/${name}`, text]))
  await expectMoved(handcar.panel.post(`${page}/settings`, settingsForm({ root_directory: 'apps/lamp' })))
  await tree.commit(inside)
  const pushed = await tree.push(handcar.remote('lantern/web'), 'main')
  expect(pushed).toMatchObject({ exitCode: 0 })
  expect(linesOf(pushed)).toContain('       Root directory: apps/lamp (Settings > root directory)')
  expect(JSON.parse((await handcar.ask('lantern/web')).text) as SampleAnswer).toMatchObject({ release: 'inside' })
})

test('with no replica wanted it answers 503 and keeps nothing running', async () => {
  await redeployWith({ root_directory: 'apps/lamp', replicas: '0' })
  expect(await handcar.ask('lantern/web')).toMatchObject({ status: 503 })
  expect(await containersOf(handcar.installId)).toEqual([])
})

async function redeployWith(settings: Record<string, string>): Promise<void> {
  const { number } = newest()
  await expectMoved(handcar.panel.post(`${page}/settings`, settingsForm(settings)))
  await expectMoved(handcar.panel.post(`${page}/redeploy`))
  await eventually('it is live', async () => (newest().number === number + 1 && newest().state === 'live') || newest())
  await eventually('only it runs', async () => {
    const present = handcar.rows('SELECT deployment_id FROM replica WHERE ended_at IS NULL')
    return present.every((row) => row.deployment_id === newest().id) || present
  })
}

function newest() {
  const [row] = handcar.rows('SELECT id, number, state FROM deployment ORDER BY number DESC LIMIT 1')
  return { id: row?.id, number: Number(row?.number), state: row?.state }
}

async function logOfNewest(): Promise<string> {
  return (await handcar.panel.get(`${page}/d/${newest().number}/log.txt?log=build`)).text
}

/** Which replicas answer when asked so many times. */
async function replicasThatAnswer(times: number): Promise<Set<unknown>> {
  const answers = await Promise.all(Array.from({ length: times }, () => handcar.ask('lantern/web')))
  return new Set(answers.map(({ headers }) => headers['x-replica']))
}
