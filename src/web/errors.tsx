import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ErrorPage } from '../../views/error/error-page.tsx'
import type { Problem } from '../core/problem.ts'
import { type ErrorKind, errorText, HandcarError, isHandcarError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { WebEnv, WebParts } from './env.ts'
import { wantsJson } from './request.ts'
import { pageParts } from './respond.tsx'

export const statusOf: Record<ErrorKind, ContentfulStatusCode> = {
  invalid: 422,
  not_found: 404,
  forbidden: 403,
  conflict: 409,
  limit: 429,
  unavailable: 503,
  timeout: 503,
  unauthenticated: 401,
}

/** The rim: a refusal becomes a page or JSON, a bug becomes a line in the log and a page with the request's id. */
export function answerError(parts: WebParts, error: unknown, c: Context<WebEnv>): Response | Promise<Response> {
  if (isHandcarError(error)) return answer(parts, c, statusOf[error.kind], error)
  if (isCutOff(error)) return answer(parts, c, 422, cutOff)
  const requestId = requestIdOf(c)
  const stack = error instanceof Error ? error.stack : undefined
  parts.ctx.log.error({ requestId, method: c.req.method, path: c.req.path, error: errorText(error), stack }, 'a bug')
  return answer(parts, c, 500, bug(requestId))
}

/** What Node says of a request whose client left before its body was whole. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET'
}

export function answerNotFound(parts: WebParts, c: Context<WebEnv>): Response | Promise<Response> {
  return answer(parts, c, 404, absent)
}

export function answerTooLarge(parts: WebParts, c: Context<WebEnv>): Response | Promise<Response> {
  return answer(parts, c, 413, tooLarge)
}

async function answer(
  parts: WebParts,
  c: Context<WebEnv>,
  status: ContentfulStatusCode,
  error: HandcarError,
): Promise<Response> {
  if (error.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.retryAfterSeconds))
  const { code, message, hint, field } = error
  if (wantsJson(c))
    return c.json({ code, message, hint: hint ?? '', ...(field === undefined ? {} : { field }) }, status)
  const page = pageParts(c, parts)
  return c.html(
    <ErrorPage {...page} status={status} message={message} hint={hint} requestId={requestIdOf(c)} />,
    status,
  )
}

/** Addresses that answer before the headers are set (git's) have none yet. */
function requestIdOf(c: Context<WebEnv>): string {
  if (c.get('requestId') === undefined) c.set('requestId', newId())
  return c.get('requestId')
}

/** The first of several problems, for answers that hold one. */
export function invalid(code: string, problems: Problem[]): HandcarError {
  const [first] = problems
  return new HandcarError({
    code,
    kind: 'invalid',
    message: first?.message ?? 'The form was not understood',
    ...(first && { field: first.field }),
    hint: 'Correct it and send it again; nothing was changed',
  })
}

const absent = new HandcarError({
  code: 'page.not_found',
  kind: 'not_found',
  message: 'There is no page at this address',
  hint: 'Check the address, or begin at the list of projects',
})

const tooLarge = new HandcarError({
  code: 'request.too_large',
  kind: 'limit',
  message: 'What was sent is larger than 1 MB',
  hint: 'Send less at once; source code is sent with git push, which has no such limit',
})

/** Nobody is left to read it. */
const cutOff = new HandcarError({
  code: 'request.cut_off',
  kind: 'invalid',
  message: 'The request ended before it was whole',
  hint: 'Send it again',
})

function bug(requestId: string): HandcarError {
  return new HandcarError({
    code: 'server.bug',
    kind: 'unavailable',
    message: 'This is a fault of Handcar itself. Running apps are not affected',
    hint: `Look for ${requestId} in the log of the server, and send that line with a report`,
  })
}
