import type { MiddlewareHandler } from 'hono'
import { markPanelAnswered, readAddress } from '../core/account/address.ts'
import type { WebEnv, WebParts } from './env.ts'
import { isThroughProxy, reachedBy } from './request.ts'

/** A host is looked up again after this long, so that a name set meanwhile is noticed. */
const lookAgainMs = 10_000

/** Notices the first request that came by the panel's own name: from then on its catch-all route is not needed. */
export function noticePanelName({ ctx }: WebParts): MiddlewareHandler<WebEnv> {
  let looked = { host: '', until: 0 }
  return async (c, next) => {
    const host = reachedBy(c).host.replace(/:\d+$/, '')
    const now = ctx.clock.now()
    if (isThroughProxy(c) && (looked.host !== host || looked.until <= now)) {
      looked = { host, until: now + lookAgainMs }
      if ((await readAddress(ctx)).panelHost === host) await markPanelAnswered(ctx)
    }
    await next()
  }
}
