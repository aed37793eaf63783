import { isIPv6 } from 'node:net'
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

/**
 * Address of the visitor as our proxy saw it; `local` for somebody on this machine. Of IPv6 the network (/64) counts:
 * its owner has more addresses than there are tries.
 */
export function visitorOf(c: Context): string {
  const address = lastOf(c.req.header('x-forwarded-for')) ?? 'local'
  return isIPv6(address) ? networkOf(address) : address
}

/** The first four groups, each without leading zeros. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('::')
  const groups = before.split(':').filter(Boolean)
  if (after !== undefined) {
    const ending = after.split(':').filter(Boolean)
    const written = groups.length + ending.length + (ending.at(-1)?.includes('.') ? 1 : 0)
    groups.push(...Array.from({ length: Math.max(0, 8 - written) }, () => '0'), ...ending)
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`
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
