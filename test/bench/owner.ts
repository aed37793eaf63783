import { randomBytes } from 'node:crypto'
import type { Installation } from './installation.ts'

/** Somebody who is signed in, without a browser. */
export interface Owner {
  /** Posts a form; the answer's status. Throws unless it is a redirect. */
  post(path: string, fields?: Record<string, string>): Promise<number>
}

/** Claims the server with its setup token, as the first visitor does. */
export async function becomeOwner({ origin, command }: Installation): Promise<Owner> {
  const cookies = new Map<string, string>()
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await fetch(origin + path, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        Origin: origin,
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(fields).toString(),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await answer.text()
    if (answer.status !== 303) throw new Error(`POST ${path} answered ${answer.status}: ${text.slice(0, 300)}`)
    return answer.status
  }
  const setup = await command('setup-token')
  await post('/setup/token', { token: setup.slice(setup.indexOf('#') + 1) })
  await post('/setup/owner', { email: 'owner@handcar.test', password: randomBytes(12).toString('hex') })
  return { post }
}
