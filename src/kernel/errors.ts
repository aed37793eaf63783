/** How a refusal is met at the rim; `web/errors.tsx` maps kinds to HTTP, `commands` to exit codes. */
export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'forbidden'
  | 'conflict'
  | 'limit'
  | 'unavailable'
  | 'timeout'
  | 'unauthenticated'

export interface ErrorParts {
  code: string
  kind: ErrorKind
  /** One sentence for the person. */
  message: string
  /** What to do next. */
  hint?: string
  /** Form field the message belongs to. */
  field?: string
  /** For `limit`: when to try again. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** A refusal, or the outside being unwell. Bugs are plain `Error`s; expected outcomes are values, not errors. */
export class HandcarError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly hint: string | undefined
  readonly field: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(parts: ErrorParts) {
    super(parts.message, { cause: parts.cause })
    this.name = 'HandcarError'
    this.code = parts.code
    this.kind = parts.kind
    this.hint = parts.hint
    this.field = parts.field
    this.retryAfterSeconds = parts.retryAfterSeconds
  }
}

export function isHandcarError(error: unknown, kind?: ErrorKind): error is HandcarError {
  return error instanceof HandcarError && (kind === undefined || error.kind === kind)
}

/** Text of anything thrown, for logs. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's code of an error, like `ENOENT` or `ECONNREFUSED`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** For the `catch` of what reads a file: undefined when there is none; any other error is thrown on. */
export function ifAbsent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined
  throw error
}

/** Stops the program where our own code is wrong. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
