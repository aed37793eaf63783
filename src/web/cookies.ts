import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { reachedBy } from './request.ts'

/** `session`: who is signed in. `claim`: who may create the owner. `next`: page wanted before the sign-in. `flash`. */
export type CookieName = 'session' | 'claim' | 'next' | 'flash'

const names: Record<CookieName, string> = {
  session: 'handcar',
  claim: 'handcar-claim',
  next: 'handcar-next',
  flash: 'handcar-flash',
}

/** On https the name itself makes browsers refuse a cookie that a sibling host or plain http has set. */
export function readCookie(c: Context, name: CookieName): string | undefined {
  return getCookie(c, spelled(c, name)) || undefined
}

/** Without a life it ends with the browser. */
export function writeCookie(c: Context, name: CookieName, value: string, lifeSeconds?: number): void {
  setCookie(c, spelled(c, name), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(c),
    ...(lifeSeconds === undefined ? {} : { maxAge: lifeSeconds }),
  })
}

export function dropCookie(c: Context, name: CookieName): void {
  deleteCookie(c, spelled(c, name), { path: '/', secure: isSecure(c), httpOnly: true, sameSite: 'Lax' })
}

function spelled(c: Context, name: CookieName): string {
  return isSecure(c) ? `__Host-${names[name]}` : names[name]
}

function isSecure(c: Context): boolean {
  return reachedBy(c).scheme === 'https'
}
