import { createHash } from 'node:crypto'
import { transaction } from '../../kernel/db.ts'
import { HandcarError } from '../../kernel/errors.ts'
import { newId, newSecret } from '../../kernel/ids.ts'
import { type Actor, notFound } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import { plainText } from '../source/plain-text.ts'
import { ensureTeamIn } from './store.ts'

/** What the account page lists; the token itself is nowhere. */
export interface Token {
  id: string
  name: string
  createdAt: number
  lastUsedAt: number | undefined
}

/** A use is written at most once in this time, so that a busy token does not write with every request. */
const useEveryMs = 60_000

/** The token is in the answer and nowhere else: the row holds its SHA-256. It acts for the team of the actor. */
export async function createToken(ctx: Ctx, actor: Actor, name: string): Promise<string> {
  const label = name.trim()
  if (label === '' || label.length > 60 || plainText(label) !== label) throw nameNotAllowed()
  const token = `hc_${newSecret(32)}`
  const at = ctx.clock.now()
  const id = newId(at)
  await transaction(ctx.db, async (tx) => {
    await tx
      .insertInto('token')
      .values({
        id,
        teamId: actor.teamId,
        personId: actor.personId ?? null,
        name: label,
        hash: hashOf(token),
        createdAt: at,
        lastUsedAt: null,
      })
      .execute()
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'token.created',
      subjectId: id,
      actor: actor.name,
      detail: { name: label },
      at,
    })
  })
  return token
}

/** Who a token acts for; undefined for anything that is not a token of ours. */
export async function actorOfToken(ctx: Ctx, token: string): Promise<Actor | undefined> {
  if (!/^hc_[\w-]{43}$/.test(token)) return undefined
  const row = await ctx.db
    .selectFrom('token')
    .select(['id', 'teamId', 'personId', 'name', 'lastUsedAt'])
    .where('hash', '=', hashOf(token))
    .executeTakeFirst()
  if (!row) return undefined
  const now = ctx.clock.now()
  if (row.lastUsedAt === null || now - row.lastUsedAt > useEveryMs) {
    await ctx.db.updateTable('token').set({ lastUsedAt: now }).where('id', '=', row.id).execute()
  }
  return { teamId: row.teamId, personId: row.personId ?? undefined, name: row.name }
}

export async function listTokens(ctx: Ctx, actor: Actor): Promise<Token[]> {
  const rows = await ctx.db
    .selectFrom('token')
    .select(['id', 'name', 'createdAt', 'lastUsedAt'])
    .where('teamId', '=', actor.teamId)
    .orderBy('createdAt', 'desc')
    .execute()
  return rows.map((row) => ({ ...row, lastUsedAt: row.lastUsedAt ?? undefined }))
}

/** The token opens nothing from now on. Throws `token.not_found` for an absent or foreign one. */
export async function deleteToken(ctx: Ctx, actor: Actor, id: string): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const row = await tx
      .deleteFrom('token')
      .where('id', '=', id)
      .where('teamId', '=', actor.teamId)
      .returning('name')
      .executeTakeFirst()
    if (!row) throw notFound('token')
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'token.deleted',
      subjectId: id,
      actor: actor.name,
      detail: { name: row.name },
      at: ctx.clock.now(),
    })
  })
}

/** The command line on the server acts as this: for the one team, which is made if nobody has claimed yet. */
export async function systemActor(ctx: Ctx): Promise<Actor> {
  const teamId = await transaction(ctx.db, (tx) => ensureTeamIn(tx, ctx.clock.now()))
  return { teamId, personId: undefined, name: 'server' }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function nameNotAllowed(): HandcarError {
  return new HandcarError({
    code: 'token.name_not_allowed',
    kind: 'invalid',
    field: 'name',
    message: 'Token name must have 1 to 60 characters, all of them visible',
    hint: 'Name it after the machine or the job that will use it',
  })
}
