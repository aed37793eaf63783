import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from './env.ts'

/**
 * Cuts off who takes longer than this to send a form, so that bodies that never end do not gather in memory. Pushes
 * have their own bound; answers may take as long as they like.
 */
export function bodyInTime(limitMs: number): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
    const isSending = incoming !== undefined && !incoming.complete
    const timer = isSending ? setTimeout(() => incoming.destroy(), limitMs) : undefined
    try {
      await next()
    } finally {
      clearTimeout(timer)
    }
  }
}
