import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { getDeploymentById } from '../../src/core/deployment/read.ts'
import { createApp } from '../../src/web/app.ts'
import type { WebEnv } from '../../src/web/env.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { readEvents } from '../support/event-reader.ts'
import { type Server, startServer } from '../support/mover.ts'
import { imageOf, pushVersion, reach } from '../support/pushes.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const web = '/p/lantern/production/s/web'

let at: SettledWorld
let server: Server
let app: Hono<WebEnv>
let ada: Visitor

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  app = createApp({ ctx: at.ctx, assets: namedAssets })
  ada = visit(app)
  await ada.post('/login', adaSignIn)
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

const page = async (path = '') => (await ada.get(web + path)).text
const tabTitle = (text: string) => /<title>([^<]*)</.exec(text)?.[1]
const breakBuild = () => at.builder.control.script({ failure: { reason: 'failed', message: 'no', exitCode: 1 } })

describe('an app that was live and keeps crashing', () => {
  beforeEach(async () => {
    const live = await reach(at, server, await pushVersion(at, '1'), 'live')
    at.engine.control.program(imageOf(at, live), { exitsWith: 1, output: ['the oil is gone'] })
    const [replica] = await at.engine.list()
    at.engine.control.vanish(replica?.replicaId ?? '')
    server.converger.nudge(at.service.instanceId)
    const code = async () => (await getDeploymentById(at.ctx, live.id)).code
    await server.until(async () => (await code()) === 'app.crash_loop', 'it is given up')
    await server.until(async () => (await page('/logs')).includes('the oil is gone'), 'what it printed is kept')
  })

  test.each(['', '/d/1'])('says so, why, what to do, and what it printed: %s', async (path) => {
    const text = await page(path)
    expect(text).toContain('The app keeps crashing')
    expect(text).toContain('so it is not started again')
    expect(text).toContain('What to do')
    expect(text).toMatch(/<span class="badge err"><span class="dot err square"><\/span>Crashed<\/span>/)
    expect(text).toContain('aria-label="Runtime log"')
    expect(text).toContain('the oil is gone')
    expect(text).not.toContain('kept serving')
    expect(text).not.toContain('Serving traffic')
    expect(text).toContain('Copy error report')
    expect(text).toContain(`formaction="${web}/redeploy"`)
    expect(tabTitle(text)).toMatch(path === '' ? /^✕ web #1/ : /^Crashed: web #1/)
  })

  test('has a report that ends with what it printed', async () => {
    const report = async () => /data-copy="([^"]*)"/.exec(await page('/d/1'))?.[1] ?? ''
    expect(await report()).toContain('lantern/web #1: The app keeps crashing (app.crash_loop)')
    await server.until(async () => (await report()).endsWith('the oil is gone'), 'its last lines are kept')
  })
})

describe('the page of a service whose newest deployment failed', () => {
  test('shows the log in which the reason is, and what to do next', async () => {
    const first = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, first), { exitsWith: 3, output: ['cannot find the oil'] })
    await reach(at, server, first, 'failed')
    const text = await page()
    expect(text).toContain('aria-label="Runtime log"')
    expect(text).toContain('Copy error report')
    expect(text).toMatch(/formaction="[^"]*\/redeploy" class="btn primary"/)
  })

  test('changes to that log while it is looked at', async () => {
    const first = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, first), { exitsWith: 3, output: ['cannot find the oil'] })
    const reader = await readEvents(app, `${web}/events?selected=1`, ada.cookies)
    await reach(at, server, first, 'failed')
    const panes = () => reader.messages.find(({ data }) => data.includes('id="panes"'))?.data
    await server.until(async () => panes() !== undefined, 'the panes are drawn anew')
    expect(panes()).toContain('aria-label="Runtime log"')
    await reader.close()
  })

  test('has one button to press first', async () => {
    await reach(at, server, await pushVersion(at, '1'), 'live')
    breakBuild()
    await reach(at, server, await pushVersion(at, '2'), 'failed')
    const text = await page()
    expect(text).toContain(`formaction="${web}/rebuild" class="btn"`)
    expect(text.match(/class="btn primary"/g)).toHaveLength(1)
  })
})

test('a first push that failed is told on the list of projects and in its project', async () => {
  breakBuild()
  await reach(at, server, await pushVersion(at, '1'), 'failed')
  for (const path of ['/projects', '/p/lantern/production', '/p/lantern/production?view=list']) {
    const { text } = await ada.get(path)
    expect([path, text.includes('Failed'), text.includes('Not deployed')]).toEqual([path, true, false])
  }
})

test('what is staged can be deployed while a newer push has no image', async () => {
  await reach(at, server, await pushVersion(at, '1'), 'live')
  breakBuild()
  await reach(at, server, await pushVersion(at, '2'), 'failed')
  await ada.post(`${web}/variables`, { name: 'OIL', value: 'whale' })
  expect(await page('/variables')).toContain('Deploy 1 change')
  expect(await page('/settings')).toContain(`formaction="${web}/redeploy"`)
})

test.each(['/variables', '/variables?edit=env', '/settings'])(
  '%s keeps the state of its service true',
  async (path) => {
    expect(await page(path)).toContain(`hx-sse:connect="${web}/events?only=state"`)
  },
)

test('a build that somebody canceled has a mark of its own and no error', async () => {
  at.builder.control.script({ until: new Promise(() => undefined) })
  const first = await reach(at, server, await pushVersion(at, '1'), 'building')
  await ada.post(`${web}/d/1/cancellation`)
  await reach(at, server, first, 'canceled')
  const text = await page('/d/1')
  expect(text).toContain('Somebody canceled this deployment.')
  expect(text).toContain('<svg class="i sm a0" aria-hidden="true"><use href="#i-stop"/></svg>')
  expect(text).not.toMatch(/class="ll e"|error line/)
  const reader = await readEvents(app, `${web}/d/1/log/stream?after=0`, ada.cookies)
  await server.until(async () => reader.isOver(), 'the stream ends')
  expect(reader.messages.at(-1)?.data).toContain('data-state="stopped"')
})
