import { generateRandomString } from 'oslo/crypto'
import { transaction } from '../../kernel/db.ts'
import type { Ctx } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import { noSuchPerson } from './errors.ts'
import { hashPassword } from './password.ts'

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

/** A new random password, in the answer and nowhere else; every session of the person ends. For the command line. */
export async function resetPassword(ctx: Ctx, email: string): Promise<string> {
  const address = email.trim().toLowerCase()
  const person = await ctx.db
    .selectFrom('person')
    .innerJoin('membership', 'membership.personId', 'person.id')
    .select(['person.id', 'membership.teamId'])
    .where('person.email', '=', address)
    .executeTakeFirst()
  if (!person) throw noSuchPerson(email)
  const password = generateRandomString(24, letters).replace(/.{6}(?=.)/g, '$&-')
  const passwordHash = await hashPassword(password)
  await transaction(ctx.db, async (tx) => {
    await tx.updateTable('person').set({ passwordHash }).where('id', '=', person.id).execute()
    await tx.deleteFrom('session').where('personId', '=', person.id).execute()
    await recordEventIn(tx, {
      teamId: person.teamId,
      kind: 'account.password_reset',
      subjectId: person.id,
      actor: 'server',
      detail: {},
      at: ctx.clock.now(),
    })
  })
  return password
}
