import type { IncomingMessage } from 'node:http'
import { actorOfToken } from '../core/account/token.ts'
import type { Actor } from '../core/actor.ts'
import type { Ctx } from '../core/ctx.ts'

/** Wrong tokens from one address, within the window, before it has to wait. */
const failuresMax = 10
const windowMs = 60_000
/** Addresses remembered at most; the oldest is forgotten first. */
const addressesMax = 10_000

export type Access =
  | { kind: 'allowed'; actor: Actor }
  | { kind: 'refused'; hasCredentials: boolean }
  | { kind: 'throttled'; retryAfterSeconds: number }

export type Gate = (incoming: IncomingMessage, authorization: string | undefined) => Promise<Access>

/** Who knocks, by token: any user name, the token as password. Guessing is slowed down by address. */
export function createGate(ctx: Ctx): Gate {
  const failures = new Map<string, { count: number; since: number }>()
  return async (incoming, authorization) => {
    const address = addressOf(incoming)
    const now = ctx.clock.now()
    const known = failures.get(address)
    const recent = known && now - known.since < windowMs ? known : undefined
    if (recent && recent.count >= failuresMax) {
      return { kind: 'throttled', retryAfterSeconds: Math.ceil((recent.since + windowMs - now) / 1000) }
    }
    const token = tokenOf(authorization)
    if (token === undefined) return { kind: 'refused', hasCredentials: false }
    const actor = await actorOfToken(ctx, token)
    if (actor) return { kind: 'allowed', actor }
    failures.delete(address)
    failures.set(address, { count: (recent?.count ?? 0) + 1, since: recent?.since ?? now })
    const [oldest] = failures.keys()
    if (failures.size > addressesMax && oldest !== undefined) failures.delete(oldest)
    return { kind: 'refused', hasCredentials: true }
  }
}

/** The proxy, which is always on this machine, adds the address it saw as the last one. */
function addressOf(incoming: IncomingMessage): string {
  const seen = incoming.socket.remoteAddress ?? ''
  const forwarded = incoming.headers['x-forwarded-for']
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  return last ? last : seen
}

function tokenOf(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=_-]{1,1024})$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : text.slice(colon + 1)
}
