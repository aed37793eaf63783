import type { KyselyPlugin, PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely'
import { expect, test } from 'vitest'
import { actorOfToken } from '../../src/core/account/token.ts'
import { createService } from '../../src/core/service/create-service.ts'
import { listServices } from '../../src/core/service/read.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { adaSignIn, addPerson, type SettledWorld, world } from '../support/world.ts'

async function signedIn(server: SettledWorld, email: string = adaSignIn.email): Promise<Visitor> {
  const visitor = visit(createApp({ ctx: server.ctx, assets: namedAssets }), 'http://handcar.test:8080')
  await visitor.post('/login', { ...adaSignIn, email })
  return visitor
}

test('projects are cards with their services, and nobody sees those of another team', async () => {
  await using server = await world()
  const page = (await (await signedIn(server)).get('/projects')).text
  expect(page).toContain('href="/p/lantern/production"')
  expect(page).toContain('web')
  expect(page).not.toContain('vault')
})

test('without a project the page holds the two lines that deploy one', async () => {
  await using server = await world()
  await addPerson(server.ctx, 'new@lantern.test')
  const page = (await (await signedIn(server, 'new@lantern.test')).get('/projects')).text
  expect(page).toContain('git remote add handcar http://handcar@handcar.test:8080/git/my-project/web.git')
  expect(page).toContain('git push handcar main')
})

test('a project shows its services as cards or as a list', async () => {
  await using server = await world()
  await createService(server.ctx, server.ada, { project: 'lantern', service: 'worker' })
  const ada = await signedIn(server)
  const cards = (await ada.get('/p/lantern/production')).text
  const list = (await ada.get('/p/lantern/production?view=list')).text
  for (const page of [cards, list]) {
    expect(page).toContain('href="/p/lantern/production/s/web"')
    expect(page).toContain('href="/p/lantern/production/s/worker"')
    expect(page).toContain('web-lantern.localhost')
    expect(page).toContain('Not deployed')
    expect(page).toContain('href="/new?project=lantern"')
  }
  expect(cards).not.toContain('<table')
  expect(list).toContain('<table')
})

test('a new service is made from two names; names that cannot be come back as typed', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  expect((await ada.get('/new?project=lantern')).text).toContain('value="lantern"')
  const made = await ada.post('/new', { project: 'lantern', service: 'api' })
  expect([made.status, made.location]).toEqual([303, '/p/lantern/production/s/api'])
  const twice = await ada.post('/new', { project: 'lantern', service: 'api' })
  expect([twice.status, twice.text.includes('value="api"')]).toEqual([409, true])
  const wrong = await ada.post('/new', { project: 'lantern', service: 'My API!' })
  expect(wrong.status).toBe(422)
  expect(wrong.text).toContain('value="My API!"')
  expect(wrong.text).toContain('Service name must use lowercase letters, numbers and hyphens')
  const both = await ada.post('/new', { project: 'My project', service: '' })
  expect(both.status).toBe(422)
  expect(both.text).toContain('href="#field-project"')
  expect(both.text).toContain('href="#field-service"')
  const json = await ada.post('/new', { project: 'My project', service: '' }, { accept: 'application/json' })
  expect([json.status, JSON.parse(json.text).field]).toEqual([422, 'project'])
})

test('services are listed as people count', async () => {
  await using server = await world()
  for (const name of ['svc-11', 'svc-2']) {
    await createService(server.ctx, server.ada, { project: 'lantern', service: name })
  }
  const page = (await (await signedIn(server)).get('/p/lantern/production')).text
  expect([...page.matchAll(/id="s-([^"]+)"/g)].map(([, slug]) => slug)).toEqual(['svc-2', 'svc-11', 'web'])
})

test('a token is shown once, works, and is gone after its deletion', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const made = await ada.post('/account/tokens', { name: 'laptop' })
  const [token = ''] = /hc_[\w-]{43}/.exec(made.text) ?? []
  expect(made.status).toBe(200)
  expect(await actorOfToken(server.ctx, token)).toMatchObject({ name: 'laptop', teamId: server.ada.teamId })
  const list = (await ada.get('/account/tokens')).text
  expect(list).toContain('laptop')
  expect(list).not.toContain(token)
  const [, path = ''] = /formaction="(\/account\/tokens\/[^"]+\/deletion)"/.exec(list) ?? []
  const mallory = await signedIn(server, server.mallory.name)
  expect((await mallory.post(path)).status).toBe(404)
  expect((await ada.post(path)).location).toBe('/account/tokens')
  expect(await actorOfToken(server.ctx, token)).toBeUndefined()
})

test('a token without a name is refused', async () => {
  await using server = await world()
  const refused = await (await signedIn(server)).post('/account/tokens', { name: ' ' })
  expect([refused.status, refused.text.includes('Token name must have 1 to 60 characters')]).toEqual([422, true])
})

test('a page with thirty services takes few statements, as many as a page with one', async () => {
  await using server = await world()
  const counter = new StatementCounter()
  const ctx = { ...server.ctx, db: server.ctx.db.withPlugin(counter) }
  const path = { project: 'lantern', environment: 'production' }
  const ada = visit(createApp({ ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
  const count = async (act: () => Promise<unknown>) => {
    counter.count = 0
    await act()
    return counter.count
  }
  const one = await count(() => ada.get('/p/lantern/production'))
  for (let number = 0; number < 29; number += 1) {
    await createService(server.ctx, server.ada, { project: 'lantern', service: `s${number}` })
  }
  expect(await listServices(ctx, server.ada, path)).toHaveLength(30)
  expect(await count(() => listServices(ctx, server.ada, path))).toBeLessThanOrEqual(6)
  expect(await count(() => ada.get('/p/lantern/production'))).toBe(one)
  expect(one).toBeLessThanOrEqual(12)
})

class StatementCounter implements KyselyPlugin {
  count = 0

  transformQuery({ node }: PluginTransformQueryArgs) {
    this.count += 1
    return node
  }

  async transformResult({ result }: PluginTransformResultArgs) {
    return result
  }
}
