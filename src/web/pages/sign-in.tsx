import { type Context, Hono } from 'hono'
import { SignIn } from '../../../views/account/sign-in.tsx'
import { endSession, signIn } from '../../core/account/session.ts'
import { isClaimed } from '../../core/account/setup-token.ts'
import { isHandcarError } from '../../kernel/errors.ts'
import { dropCookie, readCookie, writeCookie } from '../cookies.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { statusOf } from '../errors.tsx'
import { readForm } from '../form.ts'
import { problemsOf } from '../problems.ts'
import { reachedBy, visitorOf, wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { wantedPage } from '../session.ts'
import { createThrottle } from '../throttle.ts'

const hour = 60 * 60 * 1000
/** Of what was typed as an email so much is kept to count by; none that exists is longer. */
const emailLengthMax = 254

/** Sign-in and sign-out. Guesses are counted by account and address, and by address alone. */
export function signInPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts
  const byAccount = createThrottle(ctx.clock, { tries: 5, withinMs: hour / 4 })
  const byVisitor = createThrottle(ctx.clock, { tries: 50, withinMs: hour })

  /** What either refuses counts for neither. */
  function takeBoth(visitor: string, account: string): void {
    byVisitor.take(visitor)
    try {
      byAccount.take(account)
    } catch (error) {
      byVisitor.giveBack(visitor)
      throw error
    }
  }

  app.get('/login', async (c) => {
    if (!(await isClaimed(ctx))) return c.redirect('/setup/token', 303)
    if (c.get('actor') !== undefined) return c.redirect('/projects', 303)
    return c.html(<SignIn {...pageParts(c, parts)} email="" problems={[]} />)
  })

  app.post('/login', async (c) => {
    const form = await readForm(c)
    const typed = { email: form.text('email'), password: form.text('password') }
    const visitor = visitorOf(c)
    const account = `${visitor} ${typed.email.trim().toLowerCase().slice(0, emailLengthMax)}`
    try {
      takeBoth(visitor, account)
      const session = await signIn(ctx, typed, readCookie(c, 'session'))
      byAccount.giveBack(account)
      byVisitor.giveBack(visitor)
      writeCookie(c, 'session', session)
    } catch (error) {
      return refuse(c, parts, typed.email, error)
    }
    const page = wantedPage(c)
    dropCookie(c, 'next')
    return seeOther(c, page)
  })

  app.post('/logout', async (c) => {
    const session = readCookie(c, 'session')
    if (session !== undefined) await endSession(ctx, session)
    dropCookie(c, 'session')
    // Over http browsers refuse it aloud.
    if (reachedBy(c).scheme === 'https') c.header('Clear-Site-Data', '"cache"')
    return seeOther(c, '/login')
  })
  return app
}

function refuse(c: Context<WebEnv>, parts: WebParts, email: string, thrown: unknown): Response | Promise<Response> {
  const { error, problems } = problemsOf(thrown, 'invalid', 'limit')
  if (wantsJson(c) || !isHandcarError(error)) throw error
  if (error.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.retryAfterSeconds))
  return c.html(<SignIn {...pageParts(c, parts)} email={email} problems={problems} />, statusOf[error.kind])
}
