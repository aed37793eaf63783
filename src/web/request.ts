import type { Context } from 'hono'

/**
 * How the browser reached the panel. The panel listens on loopback only, so whatever comes from elsewhere has come
 * through our proxy, which sets these headers itself.
 */
export interface Reached {
  scheme: 'http' | 'https'
  /** With the port where it is not the usual one. */
  host: string
  /** As browsers write it in `Origin`. */
  origin: string
}

export function reachedBy(c: Context): Reached {
  const scheme = lastOf(c.req.header('x-forwarded-proto')) === 'https' ? 'https' : 'http'
  const host = (lastOf(c.req.header('x-forwarded-host')) ?? c.req.header('host') ?? 'localhost').toLowerCase()
  return { scheme, host, origin: `${scheme}://${host}` }
}

/** Address of the visitor as our proxy saw it; `local` for somebody on this machine. */
export function visitorOf(c: Context): string {
  return lastOf(c.req.header('x-forwarded-for')) ?? 'local'
}

export function isThroughProxy(c: Context): boolean {
  return c.req.header('x-forwarded-host') !== undefined
}

export function wantsJson(c: Context): boolean {
  const accepted = c.req.header('accept') ?? ''
  return accepted.includes('application/json') && !accepted.includes('text/html')
}

/** The hop nearest to us wrote the last one; what stands before it anybody may have sent. */
function lastOf(header: string | undefined): string | undefined {
  return header?.split(',').at(-1)?.trim() || undefined
}
