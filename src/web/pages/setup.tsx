import { type Context, Hono } from 'hono'
import { AddressStep, type AddressStepProps, FirstStep, OwnerStep, TokenStep } from '../../../views/setup/steps.tsx'
import {
  checkAddress,
  readAddress,
  rememberServerHost,
  setAddress,
  temporaryHost,
  urlOf,
} from '../../core/account/address.ts'
import { checkOwner, createFirstOwner } from '../../core/account/first-owner.ts'
import { startSession } from '../../core/account/session.ts'
import { claimSetupToken, holdsClaim, isClaimed } from '../../core/account/setup-token.ts'
import { isHandcarError } from '../../kernel/errors.ts'
import { dropCookie, readCookie, writeCookie } from '../cookies.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { invalid, statusOf } from '../errors.tsx'
import { readForm } from '../form.ts'
import { problemsOf } from '../problems.ts'
import { reachedBy, visitorOf, wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { signedInOnly } from '../session.ts'
import { createThrottle } from '../throttle.ts'

const claimSeconds = 60 * 60

/** The four steps of the first run. The first two are for whoever holds the setup token, the others for the owner. */
export function setupPages(parts: WebParts): Hono<WebEnv> {
  return new Hono<WebEnv>().route('/', claimPages(parts)).route('/', addressPages(parts))
}

function claimPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts
  const wrongTokens = createThrottle(ctx.clock, { tries: 5, withinMs: 60_000 })

  app.get('/token', async (c) => {
    if (await isClaimed(ctx)) return c.redirect('/projects', 303)
    if (await holdsClaim(ctx, readCookie(c, 'claim') ?? '')) return c.redirect('/setup/owner', 303)
    return c.html(<TokenStep {...pageParts(c, parts)} token="" problems={[]} />)
  })

  app.post('/token', async (c) => {
    const token = (await readForm(c)).text('token')
    try {
      writeCookie(c, 'claim', await claimSetupToken(ctx, token), claimSeconds)
      return seeOther(c, '/setup/owner')
    } catch (error) {
      if (isHandcarError(error, 'invalid')) wrongTokens.take(visitorOf(c))
      return refuseToken(c, parts, token, error)
    }
  })

  app.get('/owner', async (c) => {
    if (await isClaimed(ctx)) return c.redirect('/projects', 303)
    if (!(await holdsClaim(ctx, readCookie(c, 'claim') ?? ''))) return c.redirect('/setup/token', 303)
    return c.html(<OwnerStep {...pageParts(c, parts)} email="" problems={[]} />)
  })

  app.post('/owner', async (c) => {
    const form = await readForm(c)
    const checked = checkOwner({ email: form.text('email'), password: form.text('password') })
    if (!checked.ok && !(await isClaimed(ctx))) {
      if (wantsJson(c)) throw invalid('account.owner_not_allowed', checked.problems)
      return c.html(<OwnerStep {...pageParts(c, parts)} email={form.text('email')} problems={checked.problems} />, 422)
    }
    const claim = readCookie(c, 'claim') ?? ''
    const owner = checked.ok ? checked.value : { email: '', password: '' }
    const personId = await createFirstOwner(ctx, claim, owner)
    await rememberServerHost(ctx, reachedBy(c).host)
    dropCookie(c, 'claim')
    writeCookie(c, 'session', await startSession(ctx, personId))
    return seeOther(c, '/setup/address')
  })

  return app
}

function addressPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.use('/address', signedInOnly)
  app.get('/address', async (c) => c.html(await addressStep(c, parts, {})))
  app.post('/address', async (c) => {
    const form = await readForm(c)
    const typed = { panelHost: form.text('panel_host'), appsHost: form.text('apps_host') }
    const checked = checkAddress(typed)
    if (!checked.ok) {
      if (wantsJson(c)) throw invalid('address.not_allowed', checked.problems)
      return c.html(await addressStep(c, parts, { ...typed, problems: checked.problems }), 422)
    }
    try {
      await setAddress(parts.ctx, c.get('actor'), checked.value)
    } catch (error) {
      return refuseAddress(c, parts, typed, error)
    }
    return seeOther(c, '/setup/first')
  })

  app.use('/first', signedInOnly)
  app.get('/first', (c) => c.html(<FirstStep {...pageParts(c, parts)} />))
  return app
}

function refuseToken(
  c: Context<WebEnv>,
  parts: WebParts,
  token: string,
  thrown: unknown,
): Response | Promise<Response> {
  const { error, problems } = problemsOf(thrown, 'invalid', 'conflict')
  if (wantsJson(c)) throw error
  return c.html(<TokenStep {...pageParts(c, parts)} token={token} problems={problems} />, statusOf[error.kind])
}

async function refuseAddress(
  c: Context<WebEnv>,
  parts: WebParts,
  typed: { panelHost: string; appsHost: string },
  thrown: unknown,
): Promise<Response> {
  const { error, problems } = problemsOf(thrown, 'invalid')
  if (wantsJson(c)) throw error
  return c.html(await addressStep(c, parts, { ...typed, problems }), 422)
}

async function addressStep(c: Context<WebEnv>, parts: WebParts, typed: Partial<AddressStepProps>) {
  const address = await readAddress(parts.ctx)
  const isOutside = address.serverHost !== 'localhost'
  return (
    <AddressStep
      {...pageParts(c, parts)}
      panelHost={address.panelHost ?? ''}
      appsHost={address.appsHost === temporaryHost(address.serverHost) ? '' : address.appsHost}
      temporary={{ panelUrl: urlOf(address.serverHost, address), appsHost: temporaryHost(address.serverHost) }}
      serverAddress={isOutside ? address.serverHost : undefined}
      problems={[]}
      {...typed}
    />
  )
}
