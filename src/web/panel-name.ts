import type { MiddlewareHandler } from 'hono'
import { markPanelAnswered, readAddress } from '../core/account/address.ts'
import type { WebEnv, WebParts } from './env.ts'
import { isThroughProxy, reachedBy } from './request.ts'

/** A host is looked up again after this long, so that a name set meanwhile is noticed. */
const lookAgainMs = 10_000

type Name = 'panel' | 'app' | 'other'

/**
 * The catch-all route brings every name that has none. The panel answers by any of them but those of apps: where one
 * was deleted nobody may take the panel for it. The first request by the panel's own name ends the catch-all route.
 */
export function keepOffAppNames({ ctx }: WebParts): MiddlewareHandler<WebEnv> {
  let looked: { host: string; until: number; name: Name } = { host: '', until: 0, name: 'other' }

  async function lookUp(host: string): Promise<Name> {
    const { panelHost, appsHost } = await readAddress(ctx)
    if (host !== panelHost) return host.endsWith(`.${appsHost}`) ? 'app' : 'other'
    await markPanelAnswered(ctx)
    return 'panel'
  }

  return async (c, next) => {
    if (!isThroughProxy(c)) return next()
    const host = reachedBy(c).host.replace(/:\d+$/, '')
    const now = ctx.clock.now()
    if (looked.host !== host || looked.until <= now) {
      looked = { host, until: now + lookAgainMs, name: await lookUp(host) }
    }
    if (looked.name === 'app') return c.text(`No app answers at ${host}\n`, 404)
    return next()
  }
}
