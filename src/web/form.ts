import type { Context } from 'hono'
import { HandcarError } from '../kernel/errors.ts'

/** Fields of a posted form. What is missing is an empty text; a file counts as the text in it. */
export interface Form {
  text(field: string): string
  /** Whether the field came at all. */
  has(field: string): boolean
}

const formTypes = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)(?:;|$)/i

/** A post without a body is a form without fields. Throws `request.not_a_form` for a body of any other kind. */
export async function readForm(c: Context): Promise<Form> {
  const type = c.req.header('content-type')
  if (type !== undefined && !formTypes.test(type)) throw notAForm()
  const fields = new Map<string, string>()
  for (const [field, value] of Object.entries(await c.req.parseBody().catch(unreadable))) {
    if (typeof value === 'string') fields.set(field, value)
    else if (value instanceof File) fields.set(field, await value.text())
  }
  return { text: (field) => fields.get(field) ?? '', has: (field) => fields.has(field) }
}

/** What the parser itself throws; a body that is too large ends in an error of another kind. */
function unreadable(error: unknown): never {
  throw error instanceof TypeError ? notAForm() : error
}

function notAForm(): HandcarError {
  return new HandcarError({
    code: 'request.not_a_form',
    kind: 'invalid',
    message: 'The body of this request is not a form, so nothing was changed',
    hint: 'Send the fields as application/x-www-form-urlencoded or multipart/form-data',
  })
}
