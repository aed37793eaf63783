import type { Context } from 'hono'
import { PlainHttp } from '../../views/account/plain-http.tsx'
import { type FlashCode, flashes } from '../../views/flashes.ts'
import type { PageProps } from '../../views/layout/page.tsx'
import { dropCookie, readCookie, writeCookie } from './cookies.ts'
import type { WebEnv, WebParts } from './env.ts'
import { reachedBy } from './request.ts'

export type PageParts = Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'>

/** What every page gets from the request, whatever it shows. A flash is taken out as it is read. */
export function pageParts(c: Context<WebEnv>, parts: WebParts): PageParts {
  const isPlain = reachedBy(c).scheme === 'http'
  return {
    assets: parts.assets,
    actor: c.get('actor'),
    flash: takeFlash(c),
    ...(isPlain ? { banner: <PlainHttp /> } : {}),
  }
}

/** 303 after a POST. `flash` is said once at the top of the next page; `about` fills its gap, e.g. a name. */
export function seeOther(c: Context<WebEnv>, path: string, flash?: FlashCode, about = ''): Response {
  if (flash !== undefined) writeCookie(c, 'flash', `${flash} ${about.slice(0, 200)}`, 60)
  return c.redirect(path, 303)
}

function takeFlash(c: Context<WebEnv>): PageParts['flash'] {
  const cookie = readCookie(c, 'flash')
  if (cookie === undefined) return undefined
  dropCookie(c, 'flash')
  const [code = '', ...about] = cookie.split(' ')
  if (!isFlash(code)) return undefined
  const { tone, text } = flashes[code]
  return { tone, text: text.replace('{}', () => about.join(' ')) }
}

function isFlash(code: string): code is FlashCode {
  return Object.hasOwn(flashes, code)
}
