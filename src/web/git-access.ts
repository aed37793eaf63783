import type { Context } from 'hono'
import { actorOfToken } from '../core/account/token.ts'
import type { Actor } from '../core/actor.ts'
import type { Ctx } from '../core/ctx.ts'
import { HandcarError, isHandcarError } from '../kernel/errors.ts'
import { visitorOf } from './request.ts'
import { createThrottle } from './throttle.ts'

/** Wrong tokens that one visitor may try. */
const guesses = { tries: 20, withinMs: 60_000 }

/** Who knocks: any user name, the token as password. Throws `unauthenticated`, or `limit` for who guesses. */
export function createGate(ctx: Ctx): (c: Context) => Promise<Actor> {
  const throttle = createThrottle(ctx.clock, guesses)
  return async (c) => {
    const token = tokenOf(c.req.header('authorization'))
    if (token === undefined) throw notAllowed('A token is needed: any user name, the token as password.')
    // A right token passes in any case: one forgotten job must not lock its whole office out.
    const actor = await actorOfToken(ctx, token)
    if (actor) return actor
    count(() => throttle.take(visitorOf(c)))
    throw notAllowed('This token is not valid.')
  }
}

/** The throttle's hint is for people who forgot a password. */
function count(take: () => void): void {
  try {
    take()
  } catch (error) {
    if (!isHandcarError(error, 'limit')) throw error
    const { code, kind, retryAfterSeconds = 60 } = error
    const message = `Too many wrong tokens came from your address. Try again in ${retryAfterSeconds} s.`
    throw new HandcarError({ code, kind, message, retryAfterSeconds })
  }
}

function tokenOf(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=_-]{1,1024})$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : text.slice(colon + 1)
}

function notAllowed(message: string): HandcarError {
  return new HandcarError({
    code: 'git.token_needed',
    kind: 'unauthenticated',
    message,
    hint: 'Make one on the page Account, Tokens, or on the server: handcar token create NAME',
  })
}
