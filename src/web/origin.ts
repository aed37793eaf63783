import type { MiddlewareHandler } from 'hono'
import { HandcarError } from '../kernel/errors.ts'
import type { WebEnv } from './env.ts'
import { reachedBy, wantsJson } from './request.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whatever may change something must come from a page of ours: `Origin` is the panel as this request reached it, or
 * the browser says `Sec-Fetch-Site: same-origin`. No other header, body or method makes up for it.
 */
export const ownOrigin: MiddlewareHandler<WebEnv> = async (c, next) => {
  const isOurs = c.req.header('origin') === reachedBy(c).origin || c.req.header('sec-fetch-site') === 'same-origin'
  if (!safe.has(c.req.method) && !isOurs) {
    throw new HandcarError({
      code: 'request.wrong_origin',
      kind: 'forbidden',
      message: 'This request did not come from a page of this Handcar',
      hint: wantsJson(c)
        ? 'Scripts send the header Origin with the address of the dashboard'
        : 'Go back, reload the page and try again',
    })
  }
  await next()
}
