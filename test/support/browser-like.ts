import type { Hono } from 'hono'
import type { Assets, WebEnv } from '../../src/web/env.ts'

/** Addresses as they are, no bytes: for tests that never load what a page links to. */
export const namedAssets: Assets = { url: (name) => `/assets/${name}`, read: () => undefined }

export interface Answer {
  status: number
  location: string | undefined
  headers: Headers
  text: string
}

/** Asks the app as a browser without scripts does: one host, one cookie jar, own forms, no redirects followed. */
export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  readonly cookies: Map<string, string>
}

export function visit(app: Hono<WebEnv>, origin = 'http://handcar.test'): Visitor {
  const cookies = new Map<string, string>()
  const { protocol, host } = new URL(origin)

  async function ask(path: string, init: RequestInit, headers: Record<string, string>): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const proxied = { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1), accept: 'text/html' }
    const answer = await app.request(path, {
      ...init,
      headers: { ...proxied, ...(cookie === '' ? {} : { cookie }), ...headers },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? undefined,
      headers: answer.headers,
      text: await answer.text(),
    }
  }

  return {
    cookies,
    get: (path, headers = {}) => ask(path, { method: 'GET' }, headers),
    post: (path, fields = {}, headers = {}) =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields) }, { origin, ...headers }),
  }
}
