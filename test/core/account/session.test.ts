import { expect, test } from 'vitest'
import { hashPassword, isPassword } from '../../../src/core/account/password.ts'
import { resetPassword } from '../../../src/core/account/reset-password.ts'
import { actorOfSession, endSession, removeExpiredSessions, signIn } from '../../../src/core/account/session.ts'
import { adaSignIn, world } from '../../support/world.ts'

const hour = 60 * 60 * 1000

test('the right password starts a session that acts for the person and their team', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, { email: ' ADA@lantern.test', password: adaSignIn.password })
  expect(await actorOfSession(server.ctx, session)).toEqual(server.ada)
})

test.each([
  ['an unknown email', { email: 'nobody@lantern.test', password: adaSignIn.password }],
  ['a wrong password', { email: adaSignIn.email, password: 'wrong horse battery' }],
  ['an empty password', { email: adaSignIn.email, password: '' }],
])('%s is refused with the same words', async (_, typed) => {
  await using server = await world()
  await expect(signIn(server.ctx, typed)).rejects.toMatchObject({
    code: 'account.sign_in_refused',
    message: 'Email or password is not right',
  })
})

test('the rows hold no id that could sign in, and a row itself signs nobody in', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, adaSignIn)
  const [row] = await server.ctx.db.selectFrom('session').selectAll().execute()
  expect(row?.id).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(JSON.stringify(row)).not.toContain(session)
  expect(await actorOfSession(server.ctx, row?.id ?? '')).toBeUndefined()
})

test('a sign-in ends the session that the browser had before', async () => {
  await using server = await world()
  const first = await signIn(server.ctx, adaSignIn)
  const second = await signIn(server.ctx, adaSignIn, first)
  expect(second).not.toBe(first)
  expect(await actorOfSession(server.ctx, first)).toBeUndefined()
  expect(await actorOfSession(server.ctx, second)).toBeDefined()
})

test('a session ends when nobody used it for 24 hours', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, adaSignIn)
  await server.clock.advance(23 * hour)
  expect(await actorOfSession(server.ctx, session)).toBeDefined()
  await server.clock.advance(23 * hour)
  expect(await actorOfSession(server.ctx, session)).toBeDefined()
  await server.clock.advance(25 * hour)
  expect(await actorOfSession(server.ctx, session)).toBeUndefined()
})

test('a session ends 14 days after the sign-in however busy it is', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, adaSignIn)
  for (let hours = 0; hours < 14 * 24 - 6; hours += 6) {
    await server.clock.advance(6 * hour)
    expect(await actorOfSession(server.ctx, session)).toBeDefined()
  }
  await server.clock.advance(7 * hour)
  expect(await actorOfSession(server.ctx, session)).toBeUndefined()
})

test('signing out ends the session, and cleaning up removes those that are over', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, adaSignIn)
  await signIn(server.ctx, adaSignIn)
  await endSession(server.ctx, session)
  expect(await actorOfSession(server.ctx, session)).toBeUndefined()
  await server.clock.advance(25 * hour)
  await removeExpiredSessions(server.ctx)
  expect(await server.ctx.db.selectFrom('session').selectAll().execute()).toEqual([])
})

test('a reset password replaces the old one and signs the person out everywhere', async () => {
  await using server = await world()
  const session = await signIn(server.ctx, adaSignIn)
  const password = await resetPassword(server.ctx, 'Ada@lantern.test')
  expect(await actorOfSession(server.ctx, session)).toBeUndefined()
  await expect(signIn(server.ctx, adaSignIn)).rejects.toMatchObject({ code: 'account.sign_in_refused' })
  expect(await signIn(server.ctx, { email: adaSignIn.email, password })).toBeTruthy()
  await expect(resetPassword(server.ctx, 'nobody@lantern.test')).rejects.toMatchObject({ kind: 'not_found' })
})

test('a hash fits its password only, and each hash has its own salt', async () => {
  const hash = await hashPassword('correct horse battery')
  expect(await isPassword('correct horse battery', hash)).toBe(true)
  expect(await isPassword('Correct horse battery', hash)).toBe(false)
  expect(await isPassword('correct horse battery', undefined)).toBe(false)
  expect(await hashPassword('correct horse battery')).not.toBe(hash)
})

test('a hash that another program made with other parameters is understood', async () => {
  // RFC 9106 parameters are read from the text, so a later change of ours does not lock anybody out.
  const { argon2Sync } = await import('node:crypto')
  const nonce = Buffer.from('0123456789abcdef')
  const tag = argon2Sync('argon2id', { message: 'pass', nonce, parallelism: 2, tagLength: 32, memory: 64, passes: 3 })
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  expect(await isPassword('pass', `$argon2id$v=19$m=64,t=3,p=2$${text(nonce)}$${text(tag)}`)).toBe(true)
})
