import { transaction } from '../../kernel/db.ts'
import { newId } from '../../kernel/ids.ts'
import type { Ctx } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Checked, Problem } from '../problem.ts'
import { alreadyClaimed, claimEnded } from './errors.ts'
import { checkPassword, hashPassword } from './password.ts'
import { holdsClaim, isClaimed, spendClaimIn } from './setup-token.ts'
import { ensureTeamIn } from './store.ts'

export interface OwnerInput {
  email: string
  password: string
}

export function checkOwner(typed: OwnerInput): Checked<OwnerInput> {
  const email = typed.email.trim().toLowerCase()
  const problems: Problem[] = []
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    problems.push({ field: 'email', message: 'Email must be an address such as ada@example.com' })
  }
  problems.push(...checkPassword(typed.password, email))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { email, password: typed.password } }
}

/**
 * The first person, owner of the one team. The claim came from the setup token. One transaction decides: of any number
 * of calls one makes the owner, the others get `account.already_claimed` or `account.claim_ended`.
 * @returns id of the person
 */
export async function createFirstOwner(ctx: Ctx, claim: string, owner: OwnerInput): Promise<string> {
  if (await isClaimed(ctx)) throw alreadyClaimed()
  if (!(await holdsClaim(ctx, claim))) throw claimEnded()
  const passwordHash = await hashPassword(owner.password)
  const at = ctx.clock.now()
  const id = newId(at)
  await transaction(ctx.db, async (tx) => {
    if (await isClaimed(ctx, tx)) throw alreadyClaimed()
    if (!(await spendClaimIn(tx, claim, at))) throw claimEnded()
    const teamId = await ensureTeamIn(tx, at)
    await tx.insertInto('person').values({ id, email: owner.email, passwordHash, createdAt: at }).execute()
    await tx.insertInto('membership').values({ teamId, personId: id, role: 'owner' }).execute()
    await tx.deleteFrom('setupToken').execute()
    await recordEventIn(tx, {
      teamId,
      kind: 'account.claimed',
      subjectId: id,
      actor: owner.email,
      detail: {},
      at,
    })
  })
  return id
}
