import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type SampleAnswer, sampleApp } from '../support/sample-app.ts'
import { type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectConfined } from './support/invariants.ts'
import { expectMoved } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'
import { agreement } from './support/world-state.ts'

const page = '/p/lantern/production/s/web'

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  await push('one')
  await push('two')
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('acts of a person, while the app is asked all the time', () => {
  test.each([
    ['redeploy', 'redeploy takes the same image and the variables of today', { release: 'two', greeting: 'hello' }],
    ['restart', 'restart takes the same release, not the variables of today', { release: 'two', greeting: 'hello' }],
    ['d/1/rollback', 'rollback takes the earlier image with its variables', { release: 'one', greeting: null }],
  ])('%s: %s', async (act, _rule, expected) => {
    await setGreeting(act === 'redeploy' ? 'hello' : 'too late')
    const before = await imageNow()
    const number = await actAndWait(act)
    expect(await answerOf()).toMatchObject({ ...expected, deployment: String(number) })
    if (act.endsWith('rollback')) expect(await imageNow()).not.toBe(before)
    else expect(await imageNow()).toBe(before)
    expect(await logOf(number)).not.toContain('exporting')
  })

  test('rebuild makes a new image of the same commit without the cache', async () => {
    const before = await imageNow()
    const { commit } = await answerOf()
    const number = await actAndWait('rebuild')
    expect(await answerOf()).toMatchObject({ release: 'one', commit, greeting: 'too late', deployment: String(number) })
    expect(await imageNow()).not.toBe(before)
    expect(await logOf(number)).toMatch(/-----> \[3\/3\] COPY \. \.$/m)
    expect(await logOf(number)).not.toMatch(/COPY.*\(cached\)/)
  })

  test('what was made on the way is confined too', async () => {
    for (const container of await containersOf(handcar.installId)) expectConfined(container, handcar.installId)
  })
})

describe('an app that is stopped', () => {
  test('answers 503, keeps nothing running, and says so', async () => {
    await expectMoved(handcar.panel.post(`${page}/stop`))
    await eventually('the proxy answers for it', async () => (await handcar.ask('lantern/web')).status === 503)
    await eventually('nothing runs', async () => (await containersOf(handcar.installId)).length === 0)
    expect(await handcar.service()).toMatchObject({ live: null, replicas: [] })
  })

  test.each(['restart', 'redeploy'])('comes back by a %s', async (act) => {
    await expectMoved(handcar.panel.post(`${page}/${act}`))
    await eventually('it is live', isNewestLive)
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200 })
    await eventually('only it runs', () => agreement(handcar))
    if (act === 'restart') await expectMoved(handcar.panel.post(`${page}/stop`))
  })

  test('its other acts say what is wrong', async () => {
    await tree.commit({ Dockerfile: 'FROM handcar-base/node:26-slim\nRUN false\n' })
    await tree.push(handcar.remote('lantern/web'), 'main')
    const { number } = await newest()
    expect(await handcar.panel.post(`${page}/d/${number}/rollback`)).toMatchObject({ status: 409 })
    expect(await handcar.panel.post(`${page}/d/${number}/cancellation`)).toMatchObject({ status: 409 })
    expect(await handcar.panel.post(`${page}/d/999/rollback`)).toMatchObject({ status: 404 })
    expect(await handcar.panel.post('/p/lantern/production/s/lamp/stop')).toMatchObject({ status: 404 })
  })
})

async function push(release: string): Promise<void> {
  await tree.commit(sampleApp({ release }))
  expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
}

async function setGreeting(value: string): Promise<void> {
  await expectMoved(handcar.panel.post(`${page}/variables`, { name: 'GREETING', value }))
}

/** Posts, waits until the new deployment is live and the old one gone, and gives its number. */
async function actAndWait(act: string): Promise<number> {
  const poller = startPoller(handcar, 'lantern/web')
  const before = await newest()
  await expectMoved(handcar.panel.post(`${page}/${act}`))
  await eventually('there is a new deployment', async () => (await newest()).number === before.number + 1)
  await eventually('it is live', isNewestLive)
  await eventually('the old one is gone', async () => (await containersOf(handcar.installId)).length === 1)
  const polls = await poller.stop()
  expect(polls.length).toBeGreaterThan(3)
  expect(failuresOf(polls)).toEqual([])
  return before.number + 1
}

async function isNewestLive(): Promise<unknown> {
  const { state } = await newest()
  return state === 'live' || state
}

async function newest(): Promise<{ number: number; state: string }> {
  const [row] = handcar.rows('SELECT number, state FROM deployment ORDER BY number DESC LIMIT 1')
  return { number: Number(row?.number), state: String(row?.state) }
}

async function imageNow(): Promise<string | undefined> {
  return (await containersOf(handcar.installId))[0]?.Image
}

async function logOf(number: number): Promise<string> {
  return (await handcar.panel.get(`${page}/d/${number}/log.txt?log=build`)).text
}

async function answerOf(): Promise<SampleAnswer> {
  return JSON.parse((await handcar.ask('lantern/web')).text) as SampleAnswer
}
