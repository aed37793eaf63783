import { HandcarError } from '../kernel/errors.ts'

/** Who is asking. Every read takes one, so that a foreign thing is as absent as one that never was. */
export interface Actor {
  teamId: string
  personId: string | undefined
  /** Shown in events and on deployments: an email, or the name of a token. */
  name: string
}

/** The one answer for absent and foreign things alike. */
export function notFound(what: string): HandcarError {
  return new HandcarError({
    code: `${what}.not_found`,
    kind: 'not_found',
    message: `There is no such ${what}`,
    hint: 'Check the address; it may have been deleted',
  })
}
