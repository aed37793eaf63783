import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deployment, DeploymentState } from '../../src/core/deployment/deployment.ts'
import { appendLog } from '../../src/core/deployment/deployment-log.ts'
import { getDeploymentById } from '../../src/core/deployment/read.ts'
import { requestDeployment } from '../../src/core/deployment/request-deployment.ts'
import { createApp } from '../../src/web/app.ts'
import type { WebEnv } from '../../src/web/env.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { type EventReader, readEvents } from '../support/event-reader.ts'
import { commitFiles, type Server, startServer } from '../support/mover.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const web = '/p/lantern/production/s/web'

let at: SettledWorld
let server: Server
let app: Hono<WebEnv>
let ada: Visitor
let readers: EventReader[]

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  app = createApp({ ctx: at.ctx, assets: namedAssets })
  ada = visit(app)
  readers = []
  await ada.post('/login', adaSignIn)
})
afterEach(async () => {
  await Promise.all(readers.map((reader) => reader.close()))
  await server.kill()
  await at.close()
})

async function open(path: string, lastEventId?: string): Promise<EventReader> {
  const reader = await readEvents(app, path, ada.cookies, lastEventId)
  readers.push(reader)
  return reader
}

async function push(version: string): Promise<Deployment> {
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n', version })
  return requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: `Version ${version}`, author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
}

async function reach(deployment: Deployment, state: DeploymentState): Promise<void> {
  const now = async () => (await getDeploymentById(at.ctx, deployment.id)).state
  await server.until(async () => (await now()) === state, `#${deployment.number} becomes ${state}`)
}

/** Lets time pass until the stream has told something that fits. */
async function told(reader: EventReader, part: string): Promise<string> {
  let found: string | undefined
  await server.until(async () => {
    found = reader.messages.find(({ data }) => data.includes(part))?.data
    return found !== undefined
  }, `the stream tells ${part}`)
  return found ?? ''
}

describe('the stream of a service', () => {
  test('turns the page that waits for the first push into the deployment, once it is there', async () => {
    const reader = await open(`${web}/events?selected=`)
    await told(reader, 'Not deployed')
    expect(reader.messages.some(({ data }) => data.includes('id="panes"'))).toBe(false)
    await reach(await push('1'), 'live')
    expect(await told(reader, 'id="panes"')).toContain('hx-target="#panes" hx-swap="outerHTML"')
    await told(reader, 'Serving traffic')
    expect(reader.messages.filter(({ data }) => data.includes('id="panes"'))).toHaveLength(1)
  })

  test('holds no form and no field, whatever the state', async () => {
    const reader = await open(`${web}/events?selected=`)
    await reach(await push('1'), 'live')
    at.builder.control.script({ failure: { reason: 'failed', exitCode: 1 } })
    await reach(await push('2'), 'failed')
    await told(reader, 'What to do')
    for (const { data } of reader.messages) expect(data).not.toMatch(/<(?:form|input|textarea|select)\b/)
  })

  test('tells only what looks different, and nothing to one who comes back to the same', async () => {
    await reach(await push('1'), 'live')
    const reader = await open(`${web}/events?d=1`)
    await told(reader, 'deployment-state')
    const last = reader.messages.findLast(({ id }) => id !== undefined)
    const again = await open(`${web}/events?d=1`, last?.id)
    await server.until(async () => again.messages.length > 0, 'the second stream says something')
    expect(again.messages.filter(({ data }) => data.includes('hx-partial'))).toEqual([])
  })

  test('says the title of the tab', async () => {
    const reader = await open(`${web}/events?selected=`)
    await reach(await push('1'), 'live')
    await told(reader, 'web · lantern · Handcar')
    expect(reader.messages.filter(({ event }) => event === 'title').length).toBeGreaterThan(0)
  })

  test('ends when the session is gone', async () => {
    const reader = await open(`${web}/events?selected=`)
    await told(reader, 'Not deployed')
    await at.ctx.db.deleteFrom('session').execute()
    await at.clock.advance(21_000)
    await server.until(async () => reader.isOver(), 'the stream ends')
    expect(reader.messages.at(-1)?.event).toBe('gone')
  })

  test('is refused beyond a bound, and free again when one ends', async () => {
    const opened = []
    for (let count = 0; count < 48; count += 1) opened.push(await open(`${web}/events?only=state`))
    const refused = await ada.get(`${web}/events?only=state`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    await opened[0]?.close()
    expect((await open(`${web}/events?only=state`)).status).toBe(200)
  })
})

describe('a log that is followed as text', () => {
  const log = `${web}/d/1/log.txt?log=runtime&follow=1`
  const follow = () => app.request(log, { headers: { cookie: `handcar=${ada.cookies.get('handcar')}` } })

  test('has the same bound', async () => {
    await reach(await push('1'), 'live')
    const opened: Response[] = []
    for (let count = 0; count < 48; count += 1) opened.push(await follow())
    expect((await follow()).status).toBe(429)
    for (const { body } of opened) await body?.cancel()
    await server.until(async () => {
      const answer = await follow()
      await answer.body?.cancel()
      return answer.status === 200
    }, 'there is room again')
  })

  test('ends when the session is gone', async () => {
    await reach(await push('1'), 'live')
    const [replica] = await at.engine.list()
    at.engine.control.print(replica?.replicaId ?? '', 'the lamp burns')
    const text = (await follow()).text()
    await at.ctx.db.deleteFrom('session').execute()
    await at.clock.advance(21_000)
    expect(await text).toContain('the lamp burns')
  })
})

test('the stream of a project shows a service on its way and then live', async () => {
  const reader = await open('/p/lantern/production/events')
  await told(reader, 'Not deployed')
  await reach(await push('1'), 'live')
  const last = await told(reader, 'Active')
  expect(last).toContain('hx-target="#services"')
})

describe('the stream of a build log', () => {
  test('goes on behind the line that was seen last, then says how it ended', async () => {
    let finish: () => void = () => undefined
    at.builder.control.script({
      until: new Promise((resolve) => {
        finish = () => resolve()
      }),
    })
    const first = await push('1')
    await reach(first, 'building')
    await appendLog(at.ctx, first.id, 'one\n-----> Step\n<b>three</b>')
    const reader = await open(`${web}/d/1/log/stream?after=0`)
    await told(reader, '&lt;b&gt;three&lt;/b&gt;')
    const seen = reader.messages.filter(({ id }) => id !== undefined).at(-1)?.id ?? ''
    const second = await open(`${web}/d/1/log/stream?after=0`, seen)
    finish()
    await reach(first, 'live')
    await told(second, 'data-state="done"')
    expect(second.messages.at(-1)?.event).toBe('end')
    const numbers = [...reader.messages, ...second.messages].flatMap(({ data }) =>
      [...data.matchAll(/id="L(\d+)"/g)].map(([, number]) => Number(number)),
    )
    const late = second.messages.flatMap(({ data }) => [...data.matchAll(/id="L(\d+)"/g)].map(([, n]) => Number(n)))
    expect(Math.min(...late)).toBe(Number(seen) + 1)
    expect(numbers).toContain(1)
  })

  test('of a deployment that ended gives the rest and is over', async () => {
    await reach(await push('1'), 'live')
    const reader = await open(`${web}/d/1/log/stream?after=1`)
    await server.until(async () => reader.isOver(), 'the stream ends')
    expect(reader.messages[0]?.data).not.toContain('id="L1"')
    expect(reader.messages.at(-1)?.event).toBe('end')
  })
})

test.each([
  ['the logs', '/logs'],
  ['a deployment', '/d/1?log=runtime'],
])('the page of %s and its stream tell each line of the runtime log once', async (_, path) => {
  await reach(await push('1'), 'live')
  const [replica] = await at.engine.list()
  at.engine.control.print(replica?.replicaId ?? '', 'the lamp burns')
  const { text: page } = await ada.get(web + path)
  expect(page).toContain('the lamp burns')
  const stream = /data-log="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const reader = await open(stream)
  at.engine.control.print(replica?.replicaId ?? '', 'the lamp is out')
  await told(reader, 'the lamp is out')
  expect(reader.messages.some(({ data }) => data.includes('the lamp burns'))).toBe(false)
})

test('the stream of the runtime log sends each line once', async () => {
  const first = await push('1')
  await reach(first, 'live')
  const [replica] = await at.engine.list()
  const reader = await open(`${web}/logs/stream?after=0.0`)
  at.engine.control.print(replica?.replicaId ?? '', 'the lamp burns')
  await told(reader, 'the lamp burns')
  const seen = reader.messages.filter(({ id }) => id !== undefined).at(-1)?.id
  const again = await open(`${web}/logs/stream`, seen)
  at.engine.control.print(replica?.replicaId ?? '', 'the lamp is out')
  await told(again, 'the lamp is out')
  expect(again.messages.some(({ data }) => data.includes('the lamp burns'))).toBe(false)
})
