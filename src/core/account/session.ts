import { Lucia, TimeSpan } from 'lucia'
import { newSecret } from '../../kernel/ids.ts'
import type { Actor } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import { signInRefused } from './errors.ts'
import { isPassword } from './password.ts'
import { sessionRows } from './session-rows.ts'

/** Without a request for this long a session ends. */
const idle = new TimeSpan(24, 'h')
/** A session's end is moved at most this often. */
const touchMs = 60 * 60 * 1000

/**
 * Checks email and password and starts a session; its id is for the cookie alone. The session that the browser had
 * before, if any, ends: an id that was known before the sign-in is never promoted.
 * Throws `account.sign_in_refused` for an unknown email and a wrong password alike, after the same work.
 */
export async function signIn(
  ctx: Ctx,
  typed: { email: string; password: string },
  previousSession?: string,
): Promise<string> {
  const person = await ctx.db
    .selectFrom('person')
    .select(['id', 'passwordHash'])
    .where('email', '=', typed.email.trim().toLowerCase())
    .executeTakeFirst()
  if (!(await isPassword(typed.password, person?.passwordHash)) || !person) throw signInRefused()
  if (previousSession !== undefined) await endSession(ctx, previousSession)
  return startSession(ctx, person.id)
}

export async function startSession(ctx: Ctx, personId: string): Promise<string> {
  const sessionId = newSecret(32)
  await sessions(ctx).createSession(personId, { createdAt: ctx.clock.now() }, { sessionId })
  return sessionId
}

/** Who a session acts for; undefined when it is unknown, idle for too long or over. */
export async function actorOfSession(ctx: Ctx, sessionId: string): Promise<Actor | undefined> {
  const { session, user } = await sessions(ctx).validateSession(sessionId)
  if (!session) return undefined
  const remainingMs = session.expiresAt.getTime() - Date.now()
  if (!session.fresh && remainingMs < idle.milliseconds() - touchMs) {
    const expiresAt = new Date(Date.now() + idle.milliseconds())
    await sessionRows(ctx).updateSessionExpiration(sessionId, expiresAt)
  }
  return { teamId: user.teamId, personId: user.id, name: user.email }
}

export async function endSession(ctx: Ctx, sessionId: string): Promise<void> {
  await sessions(ctx).invalidateSession(sessionId)
}

/** Rows of sessions that are over; for the schedule. */
export async function removeExpiredSessions(ctx: Ctx): Promise<void> {
  await sessions(ctx).deleteExpiredSessions()
}

function sessions(ctx: Ctx) {
  return new Lucia(sessionRows(ctx), {
    sessionExpiresIn: idle,
    getUserAttributes: ({ email, teamId }) => ({ email, teamId }),
  })
}

declare module 'lucia' {
  interface Register {
    Lucia: ReturnType<typeof sessions>
  }
}
