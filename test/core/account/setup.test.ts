import { expect, test } from 'vitest'
import { checkOwner, createFirstOwner } from '../../../src/core/account/first-owner.ts'
import { actorOfSession, startSession } from '../../../src/core/account/session.ts'
import { claimSetupToken, createSetupToken, isClaimed } from '../../../src/core/account/setup-token.ts'
import { isHandcarError } from '../../../src/kernel/errors.ts'
import { emptyWorld, world } from '../../support/world.ts'

const ada = { email: 'ada@lantern.test', password: 'correct horse battery' }
const hour = 60 * 60 * 1000

test('the setup token leads to an owner, and the owner to a session', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const token = await createSetupToken(ctx)
  expect(token).toMatch(/^(?:[2-9A-Z]{4}-){5}[2-9A-Z]{4}$/)
  const claim = await claimSetupToken(ctx, token)
  const personId = await createFirstOwner(ctx, claim, ada)
  expect(await isClaimed(ctx)).toBe(true)
  const actor = await actorOfSession(ctx, await startSession(ctx, personId))
  expect(actor).toMatchObject({ personId, name: ada.email })
})

test('the token may be typed in small letters and without its hyphens', async () => {
  await using server = await emptyWorld()
  const token = await createSetupToken(server.ctx)
  await expect(claimSetupToken(server.ctx, ` ${token.toLowerCase().replaceAll('-', '')} `)).resolves.toBeTruthy()
})

test('of fifty claims at the same moment one wins and the others conflict', async () => {
  await using server = await emptyWorld()
  const token = await createSetupToken(server.ctx)
  const claims = await Promise.allSettled(Array.from({ length: 50 }, () => claimSetupToken(server.ctx, token)))
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const claim of claims) {
    if (claim.status === 'rejected') expect(isHandcarError(claim.reason, 'conflict')).toBe(true)
  }
})

test('of fifty owners made from one claim at the same moment one is made', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const claim = await claimSetupToken(ctx, await createSetupToken(ctx))
  const made = await Promise.allSettled(
    Array.from({ length: 50 }, (_, number) => createFirstOwner(ctx, claim, { ...ada, email: `ada${number}@l.test` })),
  )
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await ctx.db.selectFrom('person').selectAll().execute()).toHaveLength(1)
  expect(await ctx.db.selectFrom('membership').selectAll().execute()).toHaveLength(1)
  for (const one of made) {
    if (one.status === 'rejected') expect(['conflict', 'limit']).toContain(one.reason.kind)
  }
})

test.each(['AAAA-BBBB', '', 'token'])('%j is not the setup token', async (typed) => {
  await using server = await emptyWorld()
  await createSetupToken(server.ctx)
  const code = 'account.setup_token_unknown'
  await expect(claimSetupToken(server.ctx, typed)).rejects.toMatchObject({ code, field: 'token' })
})

test('a token is good for 60 minutes and no longer', async () => {
  await using server = await emptyWorld()
  const token = await createSetupToken(server.ctx)
  await server.clock.advance(hour)
  await expect(claimSetupToken(server.ctx, token)).rejects.toMatchObject({ code: 'account.setup_token_unknown' })
})

test('a newer token ends the older one and every claim begun with it', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const claim = await claimSetupToken(ctx, await createSetupToken(ctx))
  const second = await createSetupToken(ctx)
  await expect(createFirstOwner(ctx, claim, ada)).rejects.toMatchObject({ code: 'account.claim_ended' })
  await expect(claimSetupToken(ctx, second)).resolves.toBeTruthy()
})

test('a claimed server makes no setup token and takes none', async () => {
  await using server = await world()
  await expect(createSetupToken(server.ctx)).rejects.toMatchObject({ code: 'account.already_claimed' })
  await expect(claimSetupToken(server.ctx, 'AAAA')).rejects.toMatchObject({ code: 'account.already_claimed' })
  await expect(createFirstOwner(server.ctx, 'x', ada)).rejects.toMatchObject({ kind: 'conflict' })
})

test('neither token nor claim nor password is in the database as it was given', async () => {
  await using server = await emptyWorld()
  const { ctx } = server
  const token = await createSetupToken(ctx)
  const claim = await claimSetupToken(ctx, token)
  const rows = JSON.stringify(await ctx.db.selectFrom('setupToken').selectAll().execute())
  for (const secret of [token, token.replaceAll('-', ''), claim]) expect(rows).not.toContain(secret)
  await createFirstOwner(ctx, claim, ada)
  const [person] = await ctx.db.selectFrom('person').selectAll().execute()
  expect(person?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test.each([
  [{ email: 'ada', password: ada.password }, ['email']],
  [{ email: 'a b@c', password: ada.password }, ['email']],
  [{ email: '', password: '' }, ['email', 'password']],
  [{ email: ada.email, password: 'elevenchars' }, ['password']],
  [{ email: ada.email, password: 'x'.repeat(1025) }, ['password']],
  [{ email: ada.email, password: ada.email.toUpperCase() }, ['password']],
])('an owner like %j is told about %j', (typed, fields) => {
  const checked = checkOwner(typed)
  expect(checked.ok ? [] : checked.problems.map(({ field }) => field)).toEqual(fields)
})

test('an email is kept in small letters, and a password of 12 characters or of many bytes is taken', () => {
  expect(checkOwner({ email: ' Ada@Lantern.test ', password: 'twelve chars' })).toEqual({
    ok: true,
    value: { email: 'ada@lantern.test', password: 'twelve chars' },
  })
  expect(checkOwner({ email: ada.email, password: 'ü'.repeat(512) }).ok).toBe(true)
})
