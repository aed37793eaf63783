import { expect, test } from 'vitest'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, visit } from '../support/browser-like.ts'
import { adaSignIn, world } from '../support/world.ts'

const minute = 60_000

test('signing in leads to the projects, signing out ends it', async () => {
  await using server = await world()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  const signedIn = await ada.post('/login', adaSignIn)
  expect([signedIn.status, signedIn.location]).toEqual([303, '/projects'])
  const cookie = signedIn.headers.getSetCookie().find((line) => line.startsWith('handcar='))
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
  expect((await ada.get('/projects')).status).toBe(200)
  expect((await ada.get('/login')).location).toBe('/projects')
  const session = new Map(ada.cookies)
  expect((await ada.post('/logout')).location).toBe('/login')
  expect((await ada.get('/projects')).location).toBe('/login')
  const thief = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  for (const [name, value] of session) thief.cookies.set(name, value)
  expect((await thief.get('/projects')).location).toBe('/login')
})

test('on https the cookie is bound to the host and to https', async () => {
  await using server = await world()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }), 'https://panel.test')
  const signedIn = await ada.post('/login', adaSignIn)
  const cookie = signedIn.headers.getSetCookie().find((line) => line.startsWith('__Host-handcar='))
  expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const page = await ada.get('/projects')
  expect(page.status).toBe(200)
  expect(page.text).not.toContain('plain http')
  expect(page.headers.get('strict-transport-security')).toBe('max-age=31536000')
  ada.cookies.set('handcar', ada.cookies.get('__Host-handcar') ?? '')
  ada.cookies.delete('__Host-handcar')
  expect((await ada.get('/projects')).location).toBe('/login')
})

test('a cookie set before the sign-in is never promoted', async () => {
  await using server = await world()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  ada.cookies.set('handcar', 'planted')
  await ada.post('/login', adaSignIn)
  expect(ada.cookies.get('handcar')).not.toBe('planted')
  const first = ada.cookies.get('handcar')
  await ada.post('/login', adaSignIn)
  expect(ada.cookies.get('handcar')).not.toBe(first)
})

test('after the sign-in one is where one wanted to go, but never on another site', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const ada = visit(app)
  expect((await ada.get('/p/lantern/production')).location).toBe('/login')
  expect((await ada.post('/login', adaSignIn)).location).toBe('/p/lantern/production')
  for (const next of ['//evil.test', '/\\evil.test', 'https:evil.test', '/p/../../evil', '/logout', '/p/x\r\nA: b']) {
    const lured = visit(app)
    lured.cookies.set('handcar-next', encodeURIComponent(next))
    const { location } = await lured.post('/login', adaSignIn)
    expect(['/projects', '/p/../../evil']).toContain(location)
  }
})

test.each([
  ['a wrong password', { ...adaSignIn, password: 'wrong horse battery' }],
  ['an unknown email', { ...adaSignIn, email: 'nobody@lantern.test' }],
  ['nothing', {}],
])('%s comes back with one message, the email kept and no password', async (_, fields: Record<string, string>) => {
  await using server = await world()
  const guesser = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  const answer = await guesser.post('/login', fields)
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('Email or password is not right')
  expect(answer.text).toContain(`value="${fields.email ?? ''}"`)
  expect(answer.text).not.toContain(fields.password ?? 'value="undefined"')
})

test('the sixth guess for an account within 15 minutes waits, also when it is right and also in parallel', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const wrong = { ...adaSignIn, password: 'wrong horse battery' }
  const guesses = await Promise.all(Array.from({ length: 8 }, () => visit(app).post('/login', wrong)))
  expect(guesses.map(({ status }) => status).sort()).toEqual([422, 422, 422, 422, 422, 429, 429, 429])
  const right = await visit(app).post('/login', adaSignIn)
  expect(right.status).toBe(429)
  expect(right.headers.get('retry-after')).toBe('900')
  expect(right.text).toContain('Try again in 15 minutes')
  const elsewhere = await visit(app).post('/login', adaSignIn, { 'x-forwarded-for': '198.51.100.7' })
  expect(elsewhere.status).toBe(303)
  await server.clock.advance(15 * minute)
  expect((await visit(app).post('/login', adaSignIn)).status).toBe(303)
})

test('an address that guesses at many accounts waits after fifty', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const guess = (number: number) =>
    visit(app).post(
      '/login',
      { email: `a${number}@lantern.test`, password: 'x' },
      { 'x-forwarded-for': '198.51.100.9' },
    )
  const answers = await Promise.all(Array.from({ length: 51 }, (_, number) => guess(number)))
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1)
})

test('signing in rightly again and again is never throttled', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  for (let time = 0; time < 8; time += 1) expect((await visit(app).post('/login', adaSignIn)).status).toBe(303)
})

test('a lie about the visitor before our proxy changes nothing: the last hop counts', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const wrong = { ...adaSignIn, password: 'wrong horse battery' }
  const lie = (number: number) => ({ 'x-forwarded-for': `203.0.113.${number}, 198.51.100.7` })
  for (let guess = 0; guess < 5; guess += 1) await visit(app).post('/login', wrong, lie(guess))
  expect((await visit(app).post('/login', wrong, lie(99))).status).toBe(429)
})

test.each([
  ['2001:db8:7:1::a', '2001:db8:7:1:ffff::b', 429],
  ['2001:db8:7:1:0:0:0:1', '2001:0DB8:0007:0001::2', 429],
  ['2001:db8::1', '2001:db8:0:0:5::1', 429],
  ['2001:db8:7:1::a', '2001:db8:7:2::a', 422],
  ['::1', '::2', 429],
])('guesses from %s count for %s by their network', async (first, then, status) => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const wrong = { ...adaSignIn, password: 'wrong horse battery' }
  for (let guess = 0; guess < 5; guess += 1) await visit(app).post('/login', wrong, { 'x-forwarded-for': first })
  expect((await visit(app).post('/login', wrong, { 'x-forwarded-for': then })).status).toBe(status)
})

test('an address that has to wait is counted no further, whatever it types', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const from = { 'x-forwarded-for': '198.51.100.9' }
  const others = Array.from({ length: 50 }, (_, number) => ({ email: `a${number}@lantern.test`, password: 'x' }))
  await Promise.all(others.map((typed) => visit(app).post('/login', typed, from)))
  await server.clock.advance(50 * minute)
  const wrong = { ...adaSignIn, password: 'wrong horse battery' }
  for (let guess = 0; guess < 6; guess += 1) expect((await visit(app).post('/login', wrong, from)).status).toBe(429)
  await server.clock.advance(10 * minute)
  expect((await visit(app).post('/login', adaSignIn, from)).status).toBe(303)
})
