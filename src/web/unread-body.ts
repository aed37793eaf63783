import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'

/**
 * An answer before the request's body is over ends the connection: what is still on its way would be taken for the
 * next request, and a proxy that keeps the connection would give somebody else a 502 for it.
 */
export const hangUpOnUnreadBody: MiddlewareHandler = async (c, next) => {
  await next()
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  if (incoming?.complete === false) c.header('Connection', 'close')
}
