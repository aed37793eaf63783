import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker, networksOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectConfined } from './support/invariants.ts'
import { agreement } from './support/world-state.ts'

/** How long healing may take; the limit of the product, not of this machine. */
const healedWithinMs = 30_000

let handcar: Handcar

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  await using tree = await workTree()
  await tree.commit(sampleApp({ release: 'one' }))
  expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
})

afterAll(async () => handcar?.[Symbol.asyncDispose]())

describe('what somebody does to a container is healed', () => {
  beforeEach(() => eventually('all is well', () => agreement(handcar)))

  test.each([
    ['removed', async (id: string) => docker('rm', '--force', id)],
    ['stopped', async (id: string) => docker('stop', '--time', '1', id)],
    ['killed', async (id: string) => docker('kill', id)],
    ['restarted', async (id: string) => docker('restart', '--time', '1', id)],
    ['paused', async (id: string) => docker('pause', id)],
    ['taken off its network', async (id: string) => docker('network', 'disconnect', await networkOf(id), id)],
    ['renamed', async (id: string) => docker('rename', id, `lamp-${id.slice(0, 12)}`)],
    ['no longer restarted by Docker', async (id: string) => docker('update', '--restart', 'no', id)],
  ])('when it is %s', async (_what, harm) => {
    const [container] = await containersOf(handcar.installId)
    await harm(container?.Id ?? '')
    await eventually('it serves again', isServing, healedWithinMs)
    await eventually('all is well', () => agreement(handcar), healedWithinMs)
    for (const one of await containersOf(handcar.installId)) expectConfined(one, handcar.installId)
    expect((await handcar.service()).deployments).toMatchObject([{ number: 1, state: 'live', code: null }])
  })

  test('when its network is removed with it', async () => {
    const [container] = await containersOf(handcar.installId)
    const [network] = await networksOf(handcar.installId)
    await docker('rm', '--force', container?.Id ?? '')
    await docker('network', 'rm', network?.Id ?? '').catch(() => 'a new one is attached already')
    await eventually('it serves again', isServing, healedWithinMs)
    await eventually('all is well', () => agreement(handcar), healedWithinMs)
  })
})

describe('what somebody does to the table of the proxy is healed', () => {
  const table = () => join(handcar.dataDirectory, 'traefik/dynamic/handcar.yml')

  test.each([
    ['deleted', async (path: string) => rm(path)],
    ['emptied', async (path: string) => writeFile(path, '')],
    ['spoiled', async (path: string) => writeFile(path, '{"http": {{ nothing')],
    ['cut off', async (path: string) => writeFile(path, (await readFile(path, 'utf8')).slice(0, 200))],
    ['turned elsewhere', async (path: string) => writeFile(path, await turned(path))],
  ])('when it is %s', async (_what, harm) => {
    const before = await readFile(table(), 'utf8')
    await harm(table())
    await eventually('the table is whole', async () => isWhole(table(), before), healedWithinMs)
    await eventually('it serves', isServing, healedWithinMs)
    expect(await handcar.ask('lantern/web', { method: 'POST', body: 'oil' })).toMatchObject({ status: 200 })
  })
})

async function isServing(): Promise<unknown> {
  const { status, headers } = await handcar.ask('lantern/web', { timeoutMs: 2_000 })
  return (status === 200 && headers['x-release'] === 'one') || status
}

async function networkOf(id: string): Promise<string> {
  const [container] = (await containersOf(handcar.installId)).filter(({ Id }) => Id === id)
  return Object.values(container?.NetworkSettings.Networks ?? {})[0]?.NetworkID ?? ''
}

/** The same routes to a port where nothing is. */
async function turned(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replace(/:3000"/g, ':3001"')
}

/** The same but for the number of its generation. */
async function isWhole(path: string, before: string): Promise<boolean> {
  const plain = (text: string) => text.replace(/\d+/g, '0')
  return plain(await readFile(path, 'utf8')) === plain(before)
}
