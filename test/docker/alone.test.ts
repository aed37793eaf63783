import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker, networksOf } from './support/docker.ts'
import { EngineSocket } from './support/engine-socket.ts'
import { eventually } from './support/eventually.ts'
import { expectMoved } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'
import { agreement, untilRow, untilSettled } from './support/world-state.ts'

const newestState = 'SELECT state FROM deployment ORDER BY number DESC LIMIT 1'
/** Longer than the server waits between two looks at the routes. */
const someLooksMs = 6_000

let handcar: Handcar
let tree: WorkTree
let folder: string
let engine: EngineSocket

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  folder = await mkdtemp(join(tmpdir(), 'handcar-engine-'))
  engine = new EngineSocket(join(folder, 'docker.sock'))
  tree = await workTree()
  handcar = await startHandcar({ environment: { DOCKER_HOST: `unix://${engine.path}` } })
})

afterAll(async () => {
  await handcar?.[Symbol.asyncDispose]()
  await engine?.close()
  await tree?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('a server whose daemon is not there', () => {
  test('starts, takes a push, and deploys it once the daemon answers', async () => {
    await tree.commit(sampleApp({ release: 'one' }))
    expect(await tree.push('-o', 'detach', handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
    await wait(someLooksMs)
    expect(['queued', 'building']).toContain(handcar.rows(newestState)[0]?.state)
    await engine.open()
    await untilSettled(handcar)
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200, headers: { 'x-release': 'one' } })
  })

  test('goes on with a build that was cut off', async () => {
    await tree.commit(sampleApp({ release: 'two', steps: 'RUN sleep 1' }))
    const pushing = tree.push(handcar.remote('lantern/web'), 'main')
    await untilRow(handcar, `SELECT 1 FROM (${newestState}) WHERE state = 'building'`)
    await engine.close()
    await wait(2_000)
    await engine.open()
    expect(await pushing).toMatchObject({ exitCode: 0 })
    await untilSettled(handcar)
    expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': 'two' } })
  })

  test('leaves its apps as they are, also when it starts like that', async () => {
    const poller = startPoller(handcar, 'lantern/web')
    const before = (await containersOf(handcar.installId)).map(({ Id }) => Id)
    await engine.close()
    await wait(someLooksMs)
    await handcar.killServer()
    await handcar.startServer()
    await wait(someLooksMs)
    await engine.open()
    await eventually('all is well', () => agreement(handcar))
    expect((await containersOf(handcar.installId)).map(({ Id }) => Id)).toEqual(before)
    expect(failuresOf(await poller.stop())).toEqual([])
  })
})

describe('with the server dead', () => {
  test('the app goes on, also when Traefik restarts', async () => {
    await handcar.killServer()
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200 })
    await handcar.killTraefik()
    await handcar.startTraefik()
    await eventually('it is served', async () => (await handcar.ask('lantern/web')).status === 200)
  })

  test('Docker brings an app back that crashes', async () => {
    expect(await handcar.ask('lantern/web', { path: '/?exit' })).toMatchObject({ status: 502 })
    await eventually('it began anew', async () => (await containersOf(handcar.installId))[0]?.RestartCount === 1)
    await eventually('it is served', async () => (await handcar.ask('lantern/web')).status === 200)
  })

  test('what runs is taken over by the next server as it is', async () => {
    const before = (await containersOf(handcar.installId)).map(({ Id }) => Id)
    const poller = startPoller(handcar, 'lantern/web')
    await handcar.startServer()
    await eventually('all is well', () => agreement(handcar))
    expect((await containersOf(handcar.installId)).map(({ Id }) => Id)).toEqual(before)
    expect(failuresOf(await poller.stop())).toEqual([])
  })
})

describe('two servers', () => {
  test('never share a data directory: the second one says why it does not start', async () => {
    const second = await handcar.command('serve')
    expect(second).toMatchObject({ exitCode: 1, stdout: '' })
    expect(second.stderr).toMatch(/^ ! {5}Another Handcar server holds .*lock\.db\n !/)
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200 })
  })

  test('on one machine never touch what belongs to the other', async () => {
    await using other = await startHandcar()
    const pushed = await tree.push(other.remote('lantern/web'), 'main')
    expect(pushed).toMatchObject({ exitCode: 0 })
    const poller = startPoller(handcar, 'lantern/web')
    const before = await belongings(handcar)
    await expectMoved(other.panel.post('/p/lantern/production/s/web/redeploy'))
    await untilSettled(other)
    expect(await belongings(other)).not.toEqual(before)
    await expectMoved(other.panel.post('/p/lantern/production/s/web/deletion', { confirm: 'web' }))
    await eventually('the other one has nothing left', async () => (await containersOf(other.installId)).length === 0)
    await other.stopServer()
    expect(await other.command('remove-everything')).toMatchObject({ exitCode: 0 })
    expect(await networksOf(other.installId)).toEqual([])
    expect(await belongings(handcar)).toEqual(before)
    expect(await agreement(handcar)).toBe(true)
    expect(failuresOf(await poller.stop())).toEqual([])
  })
})

async function belongings(one: Handcar): Promise<string[]> {
  const [containers, networks] = [await containersOf(one.installId), await networksOf(one.installId)]
  const images = await docker('image', 'ls', '--quiet', '--filter', `label=handcar.install=${one.installId}`)
  return [...containers.map(({ Id }) => Id), ...networks.map(({ Id }) => Id), images]
}
