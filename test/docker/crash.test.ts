import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type SampleApp, sampleApp } from '../support/sample-app.ts'
import { type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { failuresOf, type Poller, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'
import { untilRow, untilSettled } from './support/world-state.ts'

const newest = `(SELECT * FROM deployment ORDER BY number DESC LIMIT 1)`
const slowStart = "setTimeout(() => server.listen(port, '0.0.0.0'), 800)"
/** The same series of moments in every run. */
const seed = 20_261_121
const kills = 10

let handcar: Handcar
let tree: WorkTree
let poller: Poller

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  await tree.commit(sampleApp({ release: 'first' }))
  expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
  poller = startPoller(handcar, 'lantern/web')
})

afterAll(async () => {
  await poller?.stop()
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

interface Moment {
  moment: string
  app: Partial<SampleApp>
  /** A row is there at that moment. */
  row: string
  /** Whether the old release is still answering somebody then. */
  isBusy?: boolean
}

const moments: Moment[] = [
  { moment: 'queued', app: {}, row: `SELECT 1 FROM ${newest} WHERE state = 'queued'` },
  { moment: 'building', app: { steps: 'RUN sleep 1' }, row: `SELECT 1 FROM ${newest} WHERE state = 'building'` },
  { moment: 'releasing', app: {}, row: `SELECT 1 FROM ${newest} WHERE state = 'releasing'` },
  { moment: 'starting', app: {}, row: `SELECT 1 FROM ${newest} WHERE state = 'starting'` },
  {
    moment: 'being probed',
    app: { listen: slowStart },
    row: `SELECT 1 FROM replica JOIN ${newest} n ON deployment_id = n.id WHERE started_at IS NOT NULL`,
  },
  {
    moment: 'ready',
    app: {},
    row: `SELECT 1 FROM replica JOIN ${newest} n ON deployment_id = n.id WHERE replica.state = 'healthy'`,
  },
  {
    moment: 'being switched',
    app: {},
    row: `SELECT 1 FROM replica JOIN ${newest} n ON deployment_id = n.id WHERE routed = 1 AND n.state = 'starting'`,
    isBusy: true,
  },
  { moment: 'just live', app: {}, row: `SELECT 1 FROM ${newest} WHERE state = 'live'`, isBusy: true },
]

describe('kill -9 of the server', () => {
  test('while nothing happens leaves everything as it is', async () => {
    const before = handcar.rows('SELECT id FROM replica WHERE ended_at IS NULL')
    await handcar.killServer()
    await handcar.startServer()
    await untilSettled(handcar)
    expect(handcar.rows('SELECT id FROM replica WHERE ended_at IS NULL')).toEqual(before)
  })

  test.each(moments)('while a deployment is $moment: it goes on', async ({ moment, app, row, isBusy }) => {
    const slow = isBusy ? handcar.ask('lantern/web', { path: '/?ms=4000' }) : handcar.ask('lantern/web')
    const before = (await handcar.ask('lantern/web')).headers['x-release']
    const number = Number(handcar.rows(`SELECT number FROM ${newest}`)[0]?.number) + 1
    await tree.commit(sampleApp({ release: moment, ...app }))
    const pushing = tree.push(handcar.remote('lantern/web'), 'main')
    await untilRow(handcar, `${row} AND number = ${number}`)
    await handcar.killServer()
    await pushing
    await handcar.startServer()
    expect(await slow).toMatchObject({ status: 200, headers: { 'x-release': before } })
    await untilSettled(handcar)
    expect(handcar.rows(`SELECT number, state, why FROM ${newest}`)).toEqual([{ number, state: 'live', why: null }])
    expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': moment } })
    expect(await movedTo()).toBe(await head())
  })

  test('while an old release drains: its last request is answered, then it goes', async () => {
    const last = handcar.ask('lantern/web', { path: '/?ms=4000' })
    await tree.commit(sampleApp({ release: 'after the drain' }))
    expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
    await untilRow(handcar, 'SELECT 1 FROM replica WHERE draining_at IS NOT NULL AND ended_at IS NULL')
    await handcar.killServer()
    await handcar.startServer()
    expect(await last).toMatchObject({ status: 200, headers: { 'x-release': 'just live' } })
    await untilSettled(handcar)
  })

  test(`at ${kills} random moments: each deployment goes on or says why not`, async () => {
    const random = randomFrom(seed)
    for (let round = 0; round < kills; round += 1) {
      await tree.commit(sampleApp({ release: `round ${round}` }))
      const pushing = tree.push(handcar.remote('lantern/web'), 'main')
      await wait(random() * 900)
      await handcar.killServer()
      await pushing
      await handcar.startServer()
      await untilSettled(handcar)
    }
  })

  test('twice while it builds the same: it is given up and says so', async () => {
    const live = handcar.rows('SELECT live_deployment_id FROM instance')
    const number = Number(handcar.rows(`SELECT number FROM ${newest}`)[0]?.number) + 1
    await tree.commit(sampleApp({ release: 'never', steps: 'RUN sleep 600' }))
    const pushing = tree.push(handcar.remote('lantern/web'), 'main')
    for (const attempts of [1, 2]) {
      await untilRow(
        handcar,
        `SELECT 1 FROM job JOIN ${newest} n ON subject_id = n.id
        WHERE attempts = ${attempts} AND n.state = 'building' AND number = ${number}`,
      )
      await handcar.killServer()
      await pushing
      await handcar.startServer()
    }
    await untilSettled(handcar)
    const [row] = handcar.rows(`SELECT state, code FROM ${newest}`)
    expect(row).toEqual({ state: 'failed', code: 'server.interrupted' })
    expect(handcar.rows('SELECT live_deployment_id FROM instance')).toEqual(live)
  })

  test.each([
    ['a build', { steps: 'RUN sleep 3' }, 'building'],
    ['a start', { listen: slowStart }, 'starting'],
  ])('asked to stop in the middle of %s, it ends soon, and the next one goes on', async (_what, app, state) => {
    await tree.commit(sampleApp({ release: state, ...app }))
    const pushing = tree.push(handcar.remote('lantern/web'), 'main')
    await untilRow(handcar, `SELECT 1 FROM ${newest} WHERE state = '${state}'`)
    await handcar.stopServer()
    await pushing
    await handcar.startServer()
    await untilSettled(handcar)
    expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': state } })
  })

  test('was not noticed by anybody who used the app', async () => {
    const polls = await poller.stop()
    expect(polls.length).toBeGreaterThan(200)
    expect(failuresOf(polls)).toEqual([])
  })
})

/** Where the server says that main is. */
async function movedTo(): Promise<string> {
  const { stdout } = await tree.git('ls-remote', handcar.remote('lantern/web'), 'refs/heads/main')
  return stdout.split('\t')[0] ?? ''
}

async function head(): Promise<string> {
  return (await tree.git('rev-parse', 'HEAD')).stdout.trim()
}

/** Mulberry32: numbers from 0 to 1 that are the same for the same seed. */
function randomFrom(state: number): () => number {
  let at = state
  return () => {
    at = (at + 0x6d2b79f5) | 0
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
