import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type GitAnswer, linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectMoved } from './support/panel.ts'
import { failuresOf, type Poller, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'

const never = 'setInterval(() => undefined, 1_000)'

let handcar: Handcar
let tree: WorkTree
let poller: Poller

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  await tree.commit(sampleApp({ release: 'one' }))
  expect(await push('lantern/web')).toMatchObject({ exitCode: 0 })
  expect(await push('lantern/bell')).toMatchObject({ exitCode: 0 })
  poller = startPoller(handcar, 'lantern/web')
})

afterAll(async () => {
  await poller?.stop()
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('a build that hangs', () => {
  const seconds = 600_000 + process.pid
  let pushing: Promise<GitAnswer>

  test('keeps the next build waiting, which can be canceled at once', async () => {
    await tree.commit(sampleApp({ release: 'hung', steps: `RUN sleep ${seconds}` }))
    pushing = push('lantern/web')
    await eventually('the build hangs', async () => isRunning(`sleep ${seconds}`))
    const waiting = push('lantern/lamp')
    await eventually('the other one waits', async () => stateOf('lamp') === 'queued')
    await cancel('lamp', 1)
    const ended = await waiting
    expect(ended).toMatchObject({ exitCode: 1 })
    expect(linesOf(ended)).toEqual(expect.arrayContaining([' !     Canceled.', ' !     Nothing was serving before.']))
    expect(stateOf('lamp')).toBe('canceled')
    expect(stateOf('web')).toBe('building')
  })

  test('does not hold up another service that needs no build', async () => {
    await expectMoved(handcar.panel.post(`${pageOf('bell')}/restart`))
    await eventually('it is live', async () => stateOf('bell') === 'live')
    expect(isRunning(`sleep ${seconds}`)).toBe(true)
  })

  test('is really stopped, and the release that serves goes on', async () => {
    await cancel('web', 2)
    const ended = await pushing
    expect(ended).toMatchObject({ exitCode: 1 })
    expect(ended.stderr).toContain('[remote rejected] main -> main (deployment #2 was canceled)')
    expect(linesOf(ended)).toContain(' !     Canceled.')
    expect(linesOf(ended).some((line) => line.startsWith(' !     #1 keeps serving'))).toBe(true)
    await eventually('its process is gone', async () => !isRunning(`sleep ${seconds}`))
    expect(await handcar.service('lantern/web')).toMatchObject({
      live: 1,
      deployments: [{ number: 2, state: 'canceled', code: 'deploy.canceled' }, { number: 1 }],
    })
  })
})

describe('an app that is starting', () => {
  test('can be canceled: it is taken away, and the release that serves goes on', async () => {
    await tree.commit(sampleApp({ release: 'never', listen: never }))
    const pushing = push('lantern/web')
    await eventually('it is starting', async () => stateOf('web') === 'starting')
    await eventually('it runs', async () => (await runningOf('web')).length === 2)
    await cancel('web', 3)
    const ended = await pushing
    expect(ended).toMatchObject({ exitCode: 1 })
    expect(linesOf(ended)).toContain(' !     Canceled.')
    await eventually('it is gone', async () => (await runningOf('web')).length === 1)
    expect(await handcar.service('lantern/web')).toMatchObject({ live: 1, replicas: [{ deployment: 1 }] })
  })

  test('goes on when the person who pushed leaves', async () => {
    await tree.commit(
      sampleApp({ release: 'alone', listen: "setTimeout(() => server.listen(port, '0.0.0.0'), 1_500)" }),
    )
    const client = tree.startGit('push', handcar.remote('lantern/web'), 'main')
    client.stdin.end()
    await eventually('it is starting', async () => stateOf('web') === 'starting')
    client.kill('SIGINT')
    await client.ended
    await eventually('it is live', async () => stateOf('web') === 'live')
    const { stdout } = await tree.git('ls-remote', handcar.remote('lantern/web'), 'refs/heads/main')
    const { stdout: head } = await tree.git('rev-parse', 'HEAD')
    expect(stdout.split('\t')[0]).toBe(head.trim())
  })

  test('has never let a request fail', async () => {
    const polls = await poller.stop()
    expect(failuresOf(polls)).toEqual([])
    expect(polls.length).toBeGreaterThan(50)
    expect(new Set(polls.map(({ release }) => release))).toEqual(new Set(['one', 'alone']))
  })
})

function push(name: string): Promise<GitAnswer> {
  return tree.push(handcar.remote(name), 'main')
}

async function cancel(service: string, number: number): Promise<void> {
  await expectMoved(handcar.panel.post(`${pageOf(service)}/d/${number}/cancellation`))
}

function pageOf(service: string): string {
  return `/p/lantern/production/s/${service}`
}

/** Of the newest deployment. */
function stateOf(service: string): unknown {
  const rows = handcar.rows(`SELECT deployment.state FROM deployment JOIN instance ON instance.id = instance_id
    JOIN service ON service.id = service_id WHERE slug = '${service}' ORDER BY number DESC LIMIT 1`)
  return rows[0]?.state
}

async function runningOf(service: string) {
  const { id } = await handcar.service(`lantern/${service}`)
  const containers = await containersOf(handcar.installId)
  return containers.filter(({ State, Config }) => State.Running && Config.Labels['handcar.service'] === id)
}

/** Whether a process of this command line lives anywhere on this machine, inside a build too. */
function isRunning(command: string): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && commandOf(name) === command)
}

/** Empty when the process has ended meanwhile. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
