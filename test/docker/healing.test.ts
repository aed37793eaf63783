import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker, networksOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectConfined } from './support/invariants.ts'
import { tellLog } from './support/tell-log.ts'
import { agreement } from './support/world-state.ts'

/** How long healing may take; the limit of the product, not of this machine. */
const healedWithinMs = 30_000

let handcar: Handcar

tellLog(() => handcar)

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
    ['taken off its network', async (id: string) => docker('network', 'disconnect', await networkOf(id), id)],
    ['renamed', async (id: string) => docker('rename', id, `lamp-${id.slice(0, 12)}`)],
  ])('when it is %s', async (_what, harm) => {
    const [container] = await containersOf(handcar.installId)
    await harm(container?.Id ?? '')
    await eventually('it serves again', isServing, healedWithinMs)
    await eventually('all is well', () => agreement(handcar), healedWithinMs)
    for (const one of await containersOf(handcar.installId)) expectConfined(one, handcar.installId)
    expect((await handcar.service()).deployments).toMatchObject([{ number: 1, state: 'live', code: null }])
  })

  test.each([
    ['removed', async () => undefined],
    ['removed, and its subnet belongs to somebody else', takeSubnet],
  ])('when it is gone and its network is %s', async (_what, meanwhile) => {
    const [container] = await containersOf(handcar.installId)
    const [network] = await networksOf(handcar.installId)
    const subnet = network?.IPAM?.Config?.[0]?.Subnet ?? ''
    await handcar.killServer()
    await docker('rm', '--force', container?.Id ?? '')
    await docker('network', 'rm', network?.Id ?? '')
    const giveBack = await meanwhile(subnet)
    await handcar.startServer()
    await eventually('it serves again', isServing, healedWithinMs)
    await eventually('all is well', () => agreement(handcar), healedWithinMs)
    await giveBack?.()
  })

  test('when it is stopped and its network is removed', async () => {
    const [container] = await containersOf(handcar.installId)
    const [network] = await networksOf(handcar.installId)
    await handcar.killServer()
    await docker('stop', '--time', '1', container?.Id ?? '')
    await docker('network', 'rm', network?.Id ?? '')
    await handcar.startServer()
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

/** Makes a network of somebody else on the subnet; the answer removes it. */
async function takeSubnet(subnet: string): Promise<() => Promise<unknown>> {
  const id = await docker('network', 'create', '--subnet', subnet, `lamp-${process.pid}`)
  onTestFinished(async () => void (await docker('network', 'rm', id).catch(() => 'it is gone')))
  return () => docker('network', 'rm', id)
}

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
  const plain = (text: string) => text.replace(/\b\d{6,}-[0-9a-f]{12}\b/g, 'generation')
  return plain(await readFile(path, 'utf8')) === plain(before)
}
