import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type SampleAnswer, sampleApp } from '../support/sample-app.ts'
import { type GitAnswer, linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker, networksOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectConfined } from './support/invariants.ts'
import { listenersOf } from './support/listeners.ts'
import { failuresOf, startPoller, stepsBack } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'

/** A Dockerfile that tries to look like ours, keeps a volume and names a port. */
const claims = ['LABEL handcar.install=other handcar.replica=other', 'VOLUME /var/lamp', 'EXPOSE 8080'].join('\n')

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('from a push to a running app', () => {
  let first: GitAnswer
  let commit: string

  test('the app answers with its commit at the address that the push tells', async () => {
    commit = await tree.commit(sampleApp({ release: 'one', steps: claims }), 'Light the lamp')
    first = await push()
    expect(first).toMatchObject({ exitCode: 0 })
    const answer = await answerOf()
    expect(answer).toMatchObject({ release: 'one', commit, deployment: '1', host: 'web-lantern.localhost' })
    const url = `http://web-lantern.localhost:${handcar.ports.http}`
    expect(linesOf(first).at(-1)).toMatch(new RegExp(`^=====> Live in [\\d.]+ s: ${url}$`))
    expect(await handcar.service()).toMatchObject({
      url,
      live: 1,
      deployments: [{ number: 1, state: 'live', code: null, commit, endedAt: null }],
      replicas: [{ deployment: 1, state: 'healthy' }],
    })
  })

  test('every line of the output keeps to the grammar and to 80 columns', () => {
    const lines = linesOf(first)
    for (const line of lines) {
      expect(line).toMatch(/^(?:-----> \S| {7}\S|=====> \S)/)
      const isAddress = /^\S*(?: {7}| {7}Log: |=====> Live in [\d.]+ s: )http:\S+$/.test(line)
      if (!isAddress) expect(`remote: ${line}`.length).toBeLessThanOrEqual(80)
    }
    const steps = lines.filter((line) => line.startsWith('-----> ')).map((line) => line.slice(7))
    const inOrder = ['Deploying', 'Fetching', 'Building', '[1/3] FROM', 'Built', 'Releasing', 'Starting', 'Switching']
    const found = inOrder.map((begin) => steps.findIndex((step) => step.startsWith(begin)))
    expect(found).toEqual([...found].sort((one, other) => one - other))
    expect(found).not.toContain(-1)
  })

  test('its branch has moved', async () => {
    const { stdout } = await tree.git('ls-remote', handcar.remote('lantern/web', 'http'))
    expect(stdout.split('\n')).toContain(`${commit}\trefs/heads/main`)
  })

  test('what it runs in is confined', async () => {
    const containers = await containersOf(handcar.installId)
    expect(containers).toHaveLength(1)
    for (const container of containers) {
      expectConfined(container, handcar.installId)
      expect(container.Mounts).toHaveLength(1)
      expect(container.Config.Env).toContain('PORT=8080')
      // It comes back without us; a candidate would not.
      expect(container.HostConfig.RestartPolicy?.Name).toBe('always')
    }
    const [network, ...others] = await networksOf(handcar.installId)
    expect(others).toEqual([])
    expect(network).toMatchObject({
      Driver: 'bridge',
      Internal: false,
      IPAM: { Config: [{ Subnet: /^10\.6[4-7]\./ }] },
    })
    const [address] = (await handcar.service()).replicas.map((replica) => replica.address)
    expect(Object.values(containers[0]?.NetworkSettings.Networks ?? {})[0]).toMatchObject({
      NetworkID: network?.Id,
      IPAddress: address,
    })
  })

  test('nothing but Traefik listens beyond loopback', () => {
    const { panel, http, https, traefikApi } = handcar.ports
    expect(listenersOf(handcar.serverPid)).toEqual([`127.0.0.1:${panel}`])
    expect(listenersOf(handcar.traefikPid)).toEqual([`*:${http}`, `*:${https}`, `127.0.0.1:${traefikApi}`].sort())
  })

  test('its data is closed to others', async () => {
    const modeOf = async (path: string) => (await stat(join(handcar.dataDirectory, path))).mode & 0o777
    expect(await modeOf('.')).toBe(0o700)
    expect(await modeOf('keys/master')).toBe(0o600)
    expect((await modeOf('keys')) & 0o077).toBe(0)
    const [row] = handcar.rows('SELECT id FROM deployment')
    expect(await modeOf(`logs/${row?.id}.log`)).toBe(0o600)
  })
})

describe('a second push', () => {
  test('lets the old release serve until the new one does, and takes the old one away with its volume', async () => {
    const [old] = await containersOf(handcar.installId)
    const poller = startPoller(handcar, 'lantern/web')
    // Ready only after a while, so that a switch without a look at it would be seen.
    const slow = "setTimeout(() => server.listen(port, '0.0.0.0'), 1_500)"
    await tree.commit(sampleApp({ release: 'two', steps: claims, listen: slow }))
    const pushed = await push()
    const answer = await answerOf()
    await eventually('the old one is gone', async () => (await containersOf(handcar.installId)).length === 1)
    const polls = await poller.stop()
    expect(pushed).toMatchObject({ exitCode: 0 })
    expect(linesOf(pushed)).toContain('       #1 keeps serving until #2 is ready.')
    expect(answer).toMatchObject({ release: 'two', deployment: '2' })
    expect(failuresOf(polls)).toEqual([])
    expect(polls.filter(({ release }) => release === 'one').length).toBeGreaterThan(15)
    expect(stepsBack(polls, 'one', 'two')).toEqual([])
    const [container] = await containersOf(handcar.installId)
    expect(container?.Id).not.toBe(old?.Id)
    await expect(docker('volume', 'inspect', old?.Mounts[0]?.Name ?? '')).rejects.toThrow(/no such volume/i)
    expect((await handcar.service()).deployments.map(({ state }) => state)).toEqual(['live', 'removed'])
  })

  test('of the same commit, while the first is on its way, attaches to it', async () => {
    const slow = "setTimeout(() => server.listen(port, '0.0.0.0'), 2_000)"
    await tree.commit(sampleApp({ release: 'three', listen: slow }))
    const before = push()
    await eventually('it is on its way', async () => newestIn('building', 'releasing', 'starting'))
    const [one, other] = await Promise.all([before, push()])
    expect([one.exitCode, other.exitCode]).toEqual([0, 0])
    expect(linesOf(other)[0]).toBe('-----> This commit is on its way already: lantern / production / web,')
    expect(await handcar.service()).toMatchObject({ live: 3, deployments: { length: 3 } })
    expect(await answerOf()).toMatchObject({ release: 'three' })
  })

  test('of the commit that is live changes nothing', async () => {
    const again = await push()
    expect(again).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Everything up-to-date') })
    expect(await handcar.service()).toMatchObject({ live: 3, deployments: { length: 3 } })
  })

  test('at once with another: the newer wins, the older says so and fails', async () => {
    const never = 'setInterval(() => undefined, 1_000)'
    await tree.commit(sampleApp({ release: 'four', listen: never }))
    const older = push()
    await eventually('it is on its way', async () => newestIn('building', 'releasing', 'starting'))
    await tree.commit(sampleApp({ release: 'five' }))
    const newer = await push()
    const overtaken = await older
    expect(newer).toMatchObject({ exitCode: 0 })
    expect(overtaken).toMatchObject({ exitCode: 1 })
    expect(linesOf(overtaken)).toContain(' !     Superseded by #5')
    expect(overtaken.stderr).toContain('[remote rejected] main -> main (superseded by #5)')
    expect(await answerOf()).toMatchObject({ release: 'five' })
    expect(await handcar.service()).toMatchObject({ live: 5 })
    const states = (await handcar.service()).deployments.map(({ number, state }) => `${number} ${state}`)
    expect(states).toEqual(['5 live', '4 superseded', '3 removed', '2 removed', '1 removed'])
    await eventually('only one is left', async () => (await containersOf(handcar.installId)).length === 1)
  })
})

function push(...options: string[]): Promise<GitAnswer> {
  return tree.push(...options, handcar.remote('lantern/web', 'http'), 'main')
}

async function answerOf(): Promise<SampleAnswer> {
  return JSON.parse((await handcar.ask('lantern/web')).text) as SampleAnswer
}

/** True once the newest deployment is in one of these states; else what it is in. */
function newestIn(...states: string[]): true | unknown {
  const [row] = handcar.rows('SELECT number, state FROM deployment ORDER BY number DESC LIMIT 1')
  return states.includes(String(row?.state)) || row
}
