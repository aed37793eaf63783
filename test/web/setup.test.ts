import { expect, test } from 'vitest'
import { createSetupToken } from '../../src/core/account/setup-token.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, visit } from '../support/browser-like.ts'
import { emptyWorld, world } from '../support/world.ts'

const owner = { email: 'ada@lantern.test', password: 'correct horse battery' }

test('the first run: token, owner, address, first service, each step leading to the next', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const ada = visit(createApp({ ctx, assets: namedAssets }))
  expect((await ada.get('/')).location).toBe('/setup/token')
  expect((await ada.get('/login')).location).toBe('/setup/token')
  expect((await ada.get('/setup/token')).text).toContain('<form method="post" action="/setup/token"')

  const claimed = await ada.post('/setup/token', { token: await createSetupToken(ctx) })
  expect([claimed.status, claimed.location]).toEqual([303, '/setup/owner'])
  expect((await ada.get('/setup/token')).location).toBe('/setup/owner')
  expect((await ada.get('/setup/owner')).status).toBe(200)

  const made = await ada.post('/setup/owner', owner)
  expect([made.status, made.location]).toEqual([303, '/setup/address'])
  expect([...ada.cookies.keys()]).toEqual(['handcar'])
  expect((await ada.get('/setup/address')).text).toContain('name="panel_host"')

  const addressed = await ada.post('/setup/address', { panel_host: '', apps_host: '' })
  expect([addressed.status, addressed.location]).toEqual([303, '/setup/first'])
  expect((await ada.get('/setup/first')).text).toContain('action="/new"')
  const created = await ada.post('/new', { project: 'lantern', service: 'web' })
  expect([created.status, created.location]).toEqual([303, '/p/lantern/production/s/web'])
})

test('fifty browsers with the same token: one goes on, the others conflict, and there is one owner', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const app = createApp({ ctx, assets: namedAssets })
  const token = await createSetupToken(ctx)
  const browsers = Array.from({ length: 50 }, () => visit(app))
  const answers = await Promise.all(browsers.map((browser) => browser.post('/setup/token', { token })))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  expect(statuses.filter((status) => status !== 303 && status !== 409 && status !== 429)).toEqual([])

  const owners = await Promise.all(
    browsers.map((browser, number) => browser.post('/setup/owner', { ...owner, email: `ada${number}@lantern.test` })),
  )
  expect(owners.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(owners.filter(({ status }) => status !== 303 && status !== 409)).toEqual([])
  expect(await ctx.db.selectFrom('person').selectAll().execute()).toHaveLength(1)
})

test('fifty posts of the owner from one browser make one owner', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const app = createApp({ ctx, assets: namedAssets })
  const ada = visit(app)
  await ada.post('/setup/token', { token: await createSetupToken(ctx) })
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => visit(app).post('/setup/owner', owner, { cookie })),
  )
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(answers.filter(({ status }) => ![303, 409, 429].includes(status))).toEqual([])
  expect(await ctx.db.selectFrom('person').selectAll().execute()).toHaveLength(1)
})

test('without the claim nobody becomes the owner', async () => {
  await using server = await emptyWorld()
  await createSetupToken(server.ctx)
  const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  expect((await stranger.get('/setup/owner')).location).toBe('/setup/token')
  expect((await stranger.post('/setup/owner', owner)).status).toBe(409)
  expect(await server.ctx.db.selectFrom('person').selectAll().execute()).toEqual([])
})

test('a wrong token comes back as it was typed, and the sixth within a minute has to wait', async () => {
  await using server = await emptyWorld()
  const token = await createSetupToken(server.ctx)
  const guesser = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  const wrong = await guesser.post('/setup/token', { token: 'wrong "one"' })
  expect(wrong.status).toBe(422)
  expect(wrong.text).toContain('value="wrong &quot;one&quot;"')
  expect(wrong.text).toContain('There is a problem')
  for (let guess = 0; guess < 4; guess += 1) await guesser.post('/setup/token', { token: 'wrong' })
  const late = await guesser.post('/setup/token', { token: 'wrong' })
  expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60'])
  expect((await guesser.post('/setup/token', { token })).status).toBe(303)
})

test('a weak password keeps the email, is told in words and costs nobody the claim', async () => {
  await using server = await emptyWorld()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  await ada.post('/setup/token', { token: await createSetupToken(server.ctx) })
  const weak = await ada.post('/setup/owner', { email: owner.email, password: 'short' })
  expect(weak.status).toBe(422)
  expect(weak.text).toContain(`value="${owner.email}"`)
  expect(weak.text).toContain('Password must have at least 12 characters')
  expect(weak.text).not.toContain('short"')
  expect((await ada.post('/setup/owner', owner)).status).toBe(303)
})

test('a claimed server shows no setup and takes no token', async () => {
  await using server = await world()
  const stranger = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  expect((await stranger.get('/')).location).toBe('/login')
  expect((await stranger.get('/setup/token')).location).toBe('/projects')
  expect((await stranger.post('/setup/token', { token: 'AAAA' })).status).toBe(409)
  expect((await stranger.post('/setup/owner', owner)).status).toBe(409)
  expect((await stranger.get('/setup/address')).location).toBe('/login')
  expect((await stranger.post('/setup/address', {})).location).toBe('/login')
})

test('the address by which the owner came decides the temporary names', async () => {
  await using server = await emptyWorld()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }), 'http://203.0.113.10')
  await ada.post('/setup/token', { token: await createSetupToken(server.ctx) })
  await ada.post('/setup/owner', owner)
  expect((await ada.get('/setup/address')).text).toContain('203-0-113-10.sslip.io')
  const wrong = await ada.post('/setup/address', { panel_host: 'http://x', apps_host: 'apps.example.com' })
  expect(wrong.status).toBe(422)
  expect(wrong.text).toContain('value="http://x"')
  expect(wrong.text).toContain('aria-invalid="true"')
  const both = await ada.post('/setup/address', { panel_host: 'http://x', apps_host: 'http://y' })
  expect(both.status).toBe(422)
  expect(both.text.match(/aria-invalid="true"/g)).toHaveLength(2)
})
