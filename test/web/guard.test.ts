import { expect, test } from 'vitest'
import { setAddress } from '../../src/core/account/address.ts'
import { getInstance } from '../../src/core/service/read.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const at = '/p/lantern/production/s/web'
const foreign = '/p/vault/production/s/secret'

async function signedIn(server: SettledWorld): Promise<Visitor> {
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
  return ada
}

const pages = ['/projects', '/new', '/account/tokens', '/p/lantern/production', `${at}/settings`, `${at}/variables`]
const underService = ['settings', 'variables', 'variables?edit=env', 'variables?reveal_all=1', 'deletion']
const posts = ['settings', 'variables', 'variables/A/deletion', 'deletion', 'redeploy', 'rebuild', 'restart', 'stop']

test.each([...pages, ...underService.map((page) => `${at}/${page}`)])(
  'signed out, %s leads to the sign-in',
  async (path) => {
    await using server = await world()
    const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
    const answer = await stranger.get(path)
    expect([answer.status, answer.location, answer.text]).toEqual([303, '/login', ''])
  },
)

test.each(posts)('signed out, a post to %s changes nothing and leads to the sign-in', async (verb) => {
  await using server = await world()
  const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  const before = await getInstance(server.ctx, server.service.instanceId)
  const answer = await stranger.post(`${at}/${verb}`, { confirm: 'web', port: '1', name: 'A', value: '1' })
  expect([answer.status, answer.location]).toEqual([303, '/login'])
  expect(await getInstance(server.ctx, server.service.instanceId)).toEqual(before)
})

test.each(underService)("another team's %s is as absent as one that never was", async (page) => {
  await using server = await world()
  const ada = await signedIn(server)
  const theirs = await ada.get(`${foreign}/${page}`)
  const nobodys = await ada.get(`/p/vault/production/s/nothing/${page}`)
  const mine = await ada.get(`${at}/${page}`)
  expect([theirs.status, nobodys.status, mine.status]).toEqual([404, 404, 200])
  const plain = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
  expect(plain(theirs.text)).toBe(plain(nobodys.text))
})

test.each(posts)("a post to %s of another team's service is a 404 and changes nothing", async (verb) => {
  await using server = await world()
  const ada = await signedIn(server)
  const before = await getInstance(server.ctx, server.foreign.instanceId)
  const answer = await ada.post(`${foreign}/${verb}`, { confirm: 'secret', port: '1', name: 'A', value: '1' })
  expect(answer.status).toBe(404)
  expect(await getInstance(server.ctx, server.foreign.instanceId)).toEqual(before)
  expect(await server.ctx.db.selectFrom('variable').selectAll().execute()).toEqual([])
})

test("another team's project is a 404, and an environment that a project does not have too", async () => {
  await using server = await world()
  const ada = await signedIn(server)
  expect((await ada.get('/p/vault/production')).status).toBe(404)
  expect((await ada.get('/p/lantern/staging')).status).toBe(404)
  expect((await ada.get('/p/lantern/production')).status).toBe(200)
})

test.each([
  ['no origin at all', {}, 403],
  ['another site', { origin: 'https://evil.test' }, 403],
  ['a sibling host', { origin: 'http://web-lantern.handcar.test' }, 403],
  ['the right host over another scheme', { origin: 'https://handcar.test' }, 403],
  ['the right host on another port', { origin: 'http://handcar.test:8080' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['a same-site page', { 'sec-fetch-site': 'same-site', origin: 'http://a.handcar.test' }, 403],
  ['a page of ours', { origin: 'http://handcar.test' }, 303],
  ['a page of ours, by the word of the browser', { 'sec-fetch-site': 'same-origin' }, 303],
])('a post from %s is answered %s %i', async (_, headers, status) => {
  await using server = await world()
  const ada = await signedIn(server)
  const answer = await ada.post(`${at}/stop`, {}, { origin: '', ...headers })
  expect(answer.status).toBe(status)
  const { isStopped } = await getInstance(server.ctx, server.service.instanceId)
  expect(isStopped).toBe(status === 303)
})

test('a post from elsewhere is told what to do, signed out too, and a script in its own words', async () => {
  await using server = await world()
  const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  const page = await stranger.post('/login', adaSignIn, { origin: 'https://evil.test' })
  expect(page.text).toContain('Go back, reload the page and try again.')
  expect(page.text).toContain('aria-label="Handcar, all projects"')
  const json = await stranger.post('/login', adaSignIn, { origin: 'https://evil.test', accept: 'application/json' })
  expect(JSON.parse(json.text)).toMatchObject({ code: 'request.wrong_origin', hint: expect.stringContaining('Origin') })
})

test.each(['text/plain', 'application/json', 'multipart/form-data; boundary=x'])(
  'the origin counts for %s bodies and for every unsafe method',
  async (type) => {
    await using server = await world()
    const app = createApp({ ctx: server.ctx, assets: namedAssets })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const headers = { 'content-type': type, origin: 'https://evil.test', host: 'handcar.test' }
      expect((await app.request(`${at}/stop`, { method, headers, body: '{}' })).status).toBe(403)
    }
  },
)

test('every answer carries the headers that keep a page from being misused', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  for (const path of ['/projects', '/healthz', '/nothing', '/p/vault/production', '/login']) {
    const { headers } = await ada.get(path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  }
})

test('no page holds an inline script, an inline style or an event attribute', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  await ada.post(`${at}/variables`, { name: 'A', value: '<b>1</b>' })
  for (const path of [...pages, ...underService.map((page) => `${at}/${page}`), '/nothing']) {
    const { text } = await ada.get(path)
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|hx-on/i)
    expect(text).not.toContain('<b>1</b>')
    expect(text.match(/<h1/g)).toHaveLength(1)
    expect(text).toContain('id="main"')
  }
})

test('a body over 1 MB is refused before anything reads it', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const answer = await ada.post(`${at}/variables`, { env_text: 'x'.repeat(1024 * 1024) })
  expect(answer.status).toBe(413)
  expect(answer.text).toContain('larger than 1 MB')
})

test('programs get errors as JSON with what to do', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const json = { accept: 'application/json' }
  const absent = await ada.get(`${foreign}/settings`, json)
  expect([absent.status, JSON.parse(absent.text)]).toEqual([
    404,
    { code: 'service.not_found', message: expect.any(String), hint: expect.any(String) },
  ])
  const refused = await ada.post(`${at}/settings`, { port: 'x' }, json)
  expect([refused.status, JSON.parse(refused.text)]).toEqual([
    422,
    { code: expect.any(String), message: expect.stringContaining('Port'), hint: expect.any(String), field: 'port' },
  ])
  const unsure = await ada.post(`${at}/deletion`, { confirm: 'nothing' }, json)
  expect([unsure.status, JSON.parse(unsure.text).field]).toEqual([422, 'confirm'])
  const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  expect((await stranger.get('/projects', json)).status).toBe(401)
})

test('a bug shows the number of the request and nothing of its insides', async () => {
  await using server = await world()
  const logged: Record<string, unknown>[] = []
  const log = { ...server.ctx.log, error: (fields: Record<string, unknown>) => logged.push(fields) }
  const app = createApp({ ctx: { ...server.ctx, log }, assets: namedAssets })
  app.get('/never', () => {
    throw new Error('SQLITE_SECRET: no such column')
  })
  const ada = visit(app)
  await ada.post('/login', adaSignIn)
  const answer = await ada.get('/never')
  expect(answer.status).toBe(500)
  expect(answer.text).not.toContain('SQLITE_SECRET')
  expect(answer.text).toContain(answer.headers.get('x-request-id'))
  expect(logged).toEqual([expect.objectContaining({ requestId: answer.headers.get('x-request-id') })])
})

test('the health address says ok, and 503 with the reason when the database is gone', async () => {
  const server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const stranger = visit(app)
  expect((await stranger.get('/healthz')).status).toBe(200)
  await server.close()
  const broken = await stranger.get('/healthz')
  expect(broken.status).toBe(503)
  expect(broken.text).toContain('The database does not answer')
})

test('the health address says 503 when the disk of our own data is full', async () => {
  await using server = await world()
  // A file system without a free byte.
  const ctx = { ...server.ctx, config: { ...server.ctx.config, dataDirectory: '/proc' } }
  const answer = await visit(createApp({ ctx, assets: namedAssets })).get('/healthz')
  expect([answer.status, answer.text]).toEqual([503, 'The disk of /proc is full: free some space on it\n'])
})

test('the first visit by its own name tells that the panel needs no catch-all route any more', async () => {
  await using server = await world()
  const { ctx, ada } = server
  await setAddress(ctx, ada, { panelHost: 'panel.example.com' })
  const app = createApp({ ctx, assets: namedAssets })
  const answered = async () =>
    (await ctx.db.selectFrom('setting').select('value').where('name', '=', 'panel_answered').executeTakeFirst())?.value
  await visit(app, 'http://203.0.113.10').get('/login')
  expect(await answered()).toBeUndefined()
  await visit(app, 'http://panel.example.com:8080').get('/login')
  expect(await answered()).toBe('panel.example.com')
})

test('the name of an app that is gone is no way to the panel, and its own name among those of apps is', async () => {
  await using server = await world()
  const { ctx, ada } = server
  await setAddress(ctx, ada, { panelHost: 'panel.example.com', appsHost: 'example.com' })
  const app = createApp({ ctx, assets: namedAssets })
  const gone = await visit(app, 'http://web-lantern.example.com').get('/login')
  expect([gone.status, gone.text]).toEqual([404, 'No app answers at web-lantern.example.com\n'])
  expect((await visit(app, 'http://panel.example.com').get('/login')).status).toBe(200)
  expect((await visit(app, 'http://203.0.113.10').get('/login')).status).toBe(200)
})

test('a page over plain http says what that means', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  for (const path of ['/projects', '/login']) {
    const page =
      path === '/login'
        ? await visit(createApp({ ctx: server.ctx, assets: namedAssets })).get(path)
        : await ada.get(path)
    expect(page.text).toContain('plain http')
  }
})

test('assets are served for ever, and a file that is none is a 404', async () => {
  await using server = await world()
  const bytes = new TextEncoder().encode('body{}')
  const assets = {
    ...namedAssets,
    read: (file: string) => (file === 'app-1.css' ? { bytes, type: 'text/css; charset=utf-8' } : undefined),
  }
  const stranger = visit(createApp({ ctx: server.ctx, assets }))
  const css = await stranger.get('/assets/app-1.css')
  expect([css.status, css.text, css.headers.get('content-type')]).toEqual([200, 'body{}', 'text/css; charset=utf-8'])
  expect(css.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect((await stranger.get('/assets/..%2f..%2fetc%2fpasswd')).status).toBe(404)
})
