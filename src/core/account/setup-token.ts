import { createHash } from 'node:crypto'
import { generateRandomString } from 'oslo/crypto'
import { transaction } from '../../kernel/db.ts'
import { newSecret } from '../../kernel/ids.ts'
import type { Ctx, Reader, Tx } from '../ctx.ts'
import { alreadyClaimed, setupTokenUnknown, setupTokenUsed } from './errors.ts'

/** A setup token, and after it the claim that it was changed for, are good for this long. */
const goodMs = 60 * 60 * 1000
/** Letters and numbers that nobody mistakes for one another; 30 characters to choose from, 24 chosen: 117 bits. */
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Whether the server has its owner. */
export async function isClaimed(ctx: Ctx, reader: Reader = ctx.db): Promise<boolean> {
  return (await reader.selectFrom('person').select('id').executeTakeFirst()) !== undefined
}

/** A new token in place of any earlier one and of any claim begun with it; the row holds its hash. */
export async function createSetupToken(ctx: Ctx): Promise<string> {
  const token = generateRandomString(24, letters)
  await transaction(ctx.db, async (tx) => {
    if (await isClaimed(ctx, tx)) throw alreadyClaimed()
    await tx.deleteFrom('setupToken').execute()
    await insertIn(tx, tokenHash(token), ctx.clock.now() + goodMs)
  })
  return token.replace(/.{4}(?=.)/g, '$&-')
}

/**
 * Spends the token, once, and gives a secret for the browser that did: only it may create the owner.
 * Of any number at the same moment exactly one wins; the others get `account.setup_token_used`.
 */
export async function claimSetupToken(ctx: Ctx, token: string): Promise<string> {
  const claim = newSecret(32)
  const now = ctx.clock.now()
  await transaction(ctx.db, async (tx) => {
    if (await isClaimed(ctx, tx)) throw alreadyClaimed()
    const hash = tokenHash(token)
    if (!(await spendIn(tx, hash, now))) {
      const known = await tx.selectFrom('setupToken').select('claimedAt').where('hash', '=', hash).executeTakeFirst()
      throw known && known.claimedAt !== null ? setupTokenUsed() : setupTokenUnknown()
    }
    await insertIn(tx, claimHash(claim), now + goodMs)
  })
  return claim
}

/** Whether this browser holds the claim; a look, not a decision. */
export async function holdsClaim(ctx: Ctx, claim: string): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('setupToken')
    .select('hash')
    .where('hash', '=', claimHash(claim))
    .where('claimedAt', 'is', null)
    .where('expiresAt', '>', ctx.clock.now())
    .executeTakeFirst()
  return row !== undefined
}

/** Uses up the claim inside the transaction that creates the owner; false when it is not there any more. */
export async function spendClaimIn(tx: Tx, claim: string, now: number): Promise<boolean> {
  return spendIn(tx, claimHash(claim), now)
}

async function spendIn(tx: Tx, hash: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('setupToken')
    .set({ claimedAt: now })
    .where('hash', '=', hash)
    .where('claimedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

async function insertIn(tx: Tx, hash: string, expiresAt: number): Promise<void> {
  await tx.insertInto('setupToken').values({ hash, expiresAt, claimedAt: null }).execute()
}

function tokenHash(typed: string): string {
  return sha256(`token ${typed.toUpperCase().replace(/[^0-9A-Z]/g, '')}`)
}

function claimHash(claim: string): string {
  return sha256(`claim ${claim}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
