import { expect, test } from 'vitest'
import { actorOfToken, createToken, listTokens, systemActor } from '../../../src/core/account/token.ts'
import { emptyWorld, world } from '../../support/world.ts'

test('a token acts for the team of whoever made it, under its own name', async () => {
  await using server = await world()
  const token = await createToken(server.ctx, server.ada, ' laptop ')
  expect(token).toMatch(/^hc_[\w-]{43}$/)
  expect(await actorOfToken(server.ctx, token)).toEqual({ ...server.ada, name: 'laptop' })
})

test.each(['', 'hc_', 'hc_short', 'x'.repeat(46), `hc_${'A'.repeat(43)}`])('%j is nobody', async (token) => {
  await using server = await world()
  expect(await actorOfToken(server.ctx, token)).toBeUndefined()
})

test('the row holds a hash, the list holds neither, and a use is written at most once a minute', async () => {
  await using server = await world()
  const token = await createToken(server.ctx, server.ada, 'laptop')
  const row = JSON.stringify(await server.ctx.db.selectFrom('token').selectAll().execute())
  expect(row).not.toContain(token.slice(3))
  const createdAt = server.clock.now()
  await actorOfToken(server.ctx, token)
  await server.clock.advance(30_000)
  await actorOfToken(server.ctx, token)
  const [listed] = await listTokens(server.ctx, server.ada)
  expect(listed).toEqual({ id: listed?.id, name: 'laptop', createdAt, lastUsedAt: createdAt })
  expect(await listTokens(server.ctx, server.mallory)).toEqual([])
})

test.each(['', '   ', 'x'.repeat(61), 'lap\u001b[2Jtop', 'two\nlines', 'turned \u202eback'])(
  'a token cannot be named %j',
  async (name) => {
    await using server = await world()
    await expect(createToken(server.ctx, server.ada, name)).rejects.toMatchObject({ kind: 'invalid', field: 'name' })
  },
)

test('the command line acts for the one team, also before anybody has claimed it', async () => {
  await using server = await emptyWorld()
  const first = await systemActor(server.ctx)
  expect(await systemActor(server.ctx)).toEqual(first)
  expect(first.name).toBe('server')
})
