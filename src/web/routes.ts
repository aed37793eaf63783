import { Hono } from 'hono'
import { isClaimed } from '../core/account/setup-token.ts'
import { findFault } from '../core/health.ts'
import type { WebEnv, WebParts } from './env.ts'
import { livePages } from './live.tsx'
import { deletionPages } from './pages/deletion.tsx'
import { newServicePages } from './pages/new-service.tsx'
import { projectPages } from './pages/projects.tsx'
import { servicePages } from './pages/service.tsx'
import { settingsPages } from './pages/settings.tsx'
import { setupPages } from './pages/setup.tsx'
import { signInPages } from './pages/sign-in.tsx'
import { tokenPages } from './pages/tokens.tsx'
import { variablePages } from './pages/variables.tsx'

/** Addresses that programs ask: no sign-in, no cookie, no page. */
export function plainRoutes({ ctx, assets }: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.get('/healthz', async (c) => {
    const fault = await findFault(ctx)
    return fault === undefined ? c.text('ok\n') : c.text(`${fault}\n`, 503)
  })
  app.get('/assets/:file', (c) => {
    const asset = assets.read(c.req.param('file'))
    if (asset === undefined) return c.notFound()
    c.header('Cache-Control', 'public, max-age=31536000, immutable')
    return c.body(asset.bytes, 200, { 'Content-Type': asset.type })
  })
  return app
}

/** Addresses for people who are not signed in yet. */
export function openRoutes(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.get('/', async (c) => {
    if (!(await isClaimed(parts.ctx))) return c.redirect('/setup/token', 303)
    return c.redirect(c.get('actor') === undefined ? '/login' : '/projects', 303)
  })
  app.route('/setup', setupPages(parts))
  app.route('/', signInPages(parts))
  return app
}

/** Addresses behind the sign-in. */
export function signedInRoutes(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.route('/', projectPages(parts))
  app.route('/', newServicePages(parts))
  app.route('/account/tokens', tokenPages(parts))
  const service = '/p/:p/:e/s/:s'
  app.route(service, settingsPages(parts))
  app.route(service, variablePages(parts))
  app.route(service, deletionPages(parts))
  app.route(service, servicePages(parts))
  app.route('/', livePages(parts))
  return app
}
