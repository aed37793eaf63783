import type { MiddlewareHandler } from 'hono'
import { newId } from '../kernel/ids.ts'
import type { WebEnv } from './env.ts'
import { reachedBy } from './request.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** On every answer: nothing inline runs, nothing frames us, nothing is kept, nothing leaks to other sites. */
export const securityHeaders: MiddlewareHandler<WebEnv> = async (c, next) => {
  const requestId = newId()
  c.set('requestId', requestId)
  await next()
  const headers = c.res.headers
  headers.set('X-Request-Id', requestId)
  headers.set('Content-Security-Policy', policy)
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('Referrer-Policy', 'same-origin')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  headers.set('X-Frame-Options', 'DENY')
  headers.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  // Over http browsers ignore both, and complain of the second on every page.
  if (reachedBy(c).scheme === 'https') {
    headers.set('Strict-Transport-Security', 'max-age=31536000')
    headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  }
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
}
