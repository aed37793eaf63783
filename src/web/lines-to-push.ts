import type { Context } from 'hono'
import { reachedBy } from './request.ts'

export interface PushNames {
  project: string
  service: string
}

/** Address that git pushes to, at the host by which the reader came. Any user name will do; the password is a token. */
export function remoteUrl(c: Context, { project, service }: PushNames): string {
  const { scheme, host } = reachedBy(c)
  return `${scheme}://handcar@${host}/git/${project}/${service}.git`
}

/** The two lines that deploy a repository. */
export function linesToPush(c: Context, names: PushNames): string[] {
  return [`git remote add handcar ${remoteUrl(c, names)}`, 'git push handcar main']
}
