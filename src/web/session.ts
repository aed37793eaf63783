import type { Context, MiddlewareHandler } from 'hono'
import { actorOfSession } from '../core/account/session.ts'
import { HandcarError } from '../kernel/errors.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { WebEnv, WebParts } from './env.ts'
import { wantsJson } from './request.ts'

/** Finds out who is signed in; a page may be for people who are not. */
export function findActor({ ctx }: WebParts): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const session = readCookie(c, 'session')
    const actor = session === undefined ? undefined : await actorOfSession(ctx, session)
    if (actor) c.set('actor', actor)
    await next()
  }
}

/** Everything behind it is for people who are signed in: the others go to the sign-in and come back from there. */
export const signedInOnly: MiddlewareHandler<WebEnv> = async (c, next) => {
  if (c.get('actor') === undefined) return askToSignIn(c)
  await next()
}

function askToSignIn(c: Context<WebEnv>): Response {
  if (wantsJson(c)) {
    throw new HandcarError({
      code: 'account.signed_out',
      kind: 'unauthenticated',
      message: 'Nobody is signed in',
      hint: 'Sign in at /login and send the cookie along',
    })
  }
  if (c.req.method === 'GET') writeCookie(c, 'next', c.req.path, 600)
  return c.redirect('/login', 303)
}

/** The page that was asked for before the sign-in; only a path of this site. */
export function wantedPage(c: Context): string {
  const path = readCookie(c, 'next') ?? ''
  return /^\/(?:p|projects|new|account|setup)(?:\/[\w./-]*)?$/.test(path) ? path : '/projects'
}
