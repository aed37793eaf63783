import type { FieldProblem } from '../../views/parts/field.tsx'
import { type ErrorKind, type HandcarError, isHandcarError } from '../kernel/errors.ts'

/** A refusal as something a form shows. Anything that is not of these kinds goes on to the rim. */
export function problemsOf(error: unknown, ...kinds: ErrorKind[]): { error: HandcarError; problems: FieldProblem[] } {
  if (!isHandcarError(error) || !kinds.includes(error.kind)) throw error
  return { error, problems: [{ field: error.field, message: error.message, hint: error.hint }] }
}
