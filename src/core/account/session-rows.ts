import { createHash } from 'node:crypto'
import type { Adapter, DatabaseSession } from 'lucia'
import type { Ctx } from '../ctx.ts'

/** What lucia reads with a session: the person and their team. */
export interface SessionPerson {
  email: string
  teamId: string
}

declare module 'lucia' {
  interface Register {
    UserId: string
    DatabaseUserAttributes: SessionPerson
    DatabaseSessionAttributes: { createdAt: number }
  }
}

/** However busy, a session ends this long after its sign-in. */
const absoluteMs = 14 * 24 * 60 * 60 * 1000

const mark = 'sha256:'

/**
 * Lucia's rows, with hashes in place of session ids: who reads the database cannot sign in with what it holds.
 * An id that is a hash already is taken as it is for deleting, and never for finding.
 * Lucia reads the process's clock; the rows speak ours, so times are moved by the difference.
 */
export function sessionRows(ctx: Ctx): Adapter {
  const offset = () => ctx.clock.now() - Date.now()
  const toRow = (date: Date) => date.getTime() + offset()
  const fromRow = (at: number) => new Date(at - offset())

  return {
    async getSessionAndUser(sessionId) {
      if (sessionId.startsWith(mark)) return [null, null]
      const row = await ctx.db
        .selectFrom('session')
        .innerJoin('person', 'person.id', 'session.personId')
        .innerJoin('membership', 'membership.personId', 'person.id')
        .select(['session.expiresAt', 'session.createdAt', 'person.id', 'person.email', 'membership.teamId'])
        .where('session.id', '=', stored(sessionId))
        .executeTakeFirst()
      if (!row) return [null, null]
      const { id: userId, email, teamId, createdAt } = row
      const expiresAt = fromRow(Math.min(row.expiresAt, createdAt + absoluteMs))
      return [
        { id: sessionId, userId, expiresAt, attributes: { createdAt } },
        { id: userId, attributes: { email, teamId } },
      ]
    },
    async getUserSessions(userId) {
      const rows = await ctx.db.selectFrom('session').selectAll().where('personId', '=', userId).execute()
      return rows.map(
        ({ id, expiresAt, createdAt }): DatabaseSession => ({
          id,
          userId,
          expiresAt: fromRow(expiresAt),
          attributes: { createdAt },
        }),
      )
    },
    async setSession({ id, userId, expiresAt, attributes }) {
      const row = { id: stored(id), personId: userId, expiresAt: toRow(expiresAt), createdAt: attributes.createdAt }
      await ctx.db.insertInto('session').values(row).execute()
    },
    async updateSessionExpiration(sessionId, expiresAt) {
      const row = { expiresAt: toRow(expiresAt) }
      await ctx.db.updateTable('session').set(row).where('id', '=', stored(sessionId)).execute()
    },
    async deleteSession(sessionId) {
      await ctx.db.deleteFrom('session').where('id', '=', stored(sessionId)).execute()
    },
    async deleteUserSessions(userId) {
      await ctx.db.deleteFrom('session').where('personId', '=', userId).execute()
    },
    async deleteExpiredSessions() {
      await ctx.db
        .deleteFrom('session')
        .where((row) =>
          row.or([row('expiresAt', '<=', ctx.clock.now()), row('createdAt', '<=', ctx.clock.now() - absoluteMs)]),
        )
        .execute()
    },
  }
}

function stored(sessionId: string): string {
  if (sessionId.startsWith(mark)) return sessionId
  return mark + createHash('sha256').update(sessionId).digest('hex')
}
