import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Actor } from '../core/actor.ts'
import type { Ctx } from '../core/ctx.ts'
import { createService } from '../core/service/create-service.ts'
import { findServiceForPush } from '../core/service/read.ts'
import { type Service, slugPattern } from '../core/service/service.ts'
import { explainAnswer } from '../core/source/explain-answer.ts'
import { answer, type PushRequest, readPush, say } from '../core/source/proc-receive.ts'
import { receivePush } from '../core/source/receive-push.ts'
import { ensureEmptyRepository, ensureRepository } from '../core/source/repository.ts'
import {
  advertise,
  type PackRun,
  type PackService,
  pushBytesMax,
  type ReceiveRun,
  startReceivePack,
  startUploadPack,
} from '../core/source/serve-pack.ts'
import { errorText, HandcarError, isHandcarError } from '../kernel/errors.ts'
import type { WebParts } from './env.ts'
import { statusOf } from './errors.tsx'
import { createGate } from './git-access.ts'
import { feedGit } from './git-body.ts'
import { reportPush } from './push-report.ts'

/** A little above what git itself takes, so that git is the one who says it. */
const bodyBytesMax = pushBytesMax + 16 * 1024 * 1024
const fetchBodyBytesMax = 64 * 1024 * 1024
/** What git may say before it has read the whole request: a line for each of the most commits that a client names. */
const earlyAnswerBytes = 1024 * 1024
const runsMax = 64

interface GitEnv {
  Bindings: HttpBindings
  Variables: { actor: Actor }
}

/** git over HTTP (gitprotocol-http), at `PROJECT/SERVICE.git`: push and clone, by token. */
export function gitRemote({ ctx }: WebParts): Hono<GitEnv> {
  const app = new Hono<GitEnv>()
  const gate = createGate(ctx)
  let runs = 0
  app.use('*', async (c, next) => {
    c.set('actor', await gate(c))
    if (runs >= runsMax) throw tooBusy()
    runs += 1
    c.env.outgoing.once('close', () => {
      runs -= 1
    })
    await next()
  })
  app.get('/:project/:repository/info/refs', (c) => showRefs(ctx, c, targetOf(c.req.param())))
  app.post('/:project/:repository/git-receive-pack', (c) => takePush(ctx, c, targetOf(c.req.param())))
  app.post('/:project/:repository/git-upload-pack', (c) => giveObjects(ctx, c, targetOf(c.req.param())))
  app.all('*', () => plain(404, 'Handcar speaks git here: git push <panel>/git/PROJECT/SERVICE.git main'))
  app.onError((error) => failed(ctx, error))
  return app
}

interface Target {
  project: string
  service: string
}

function targetOf({ project, repository }: { project: string; repository: string }): Target {
  const service = repository.replace(/\.git$/, '')
  if (!slugPattern.test(project) || !slugPattern.test(service)) {
    throw new HandcarError({
      code: 'source.bad_address',
      kind: 'invalid',
      message: 'The address must end in /git/PROJECT/SERVICE.git',
      hint: 'Names have lowercase letters, numbers and hyphens, at most 40, and no hyphen at an end',
    })
  }
  return { project, service }
}

async function showRefs(ctx: Ctx, c: Context<GitEnv>, target: Target): Promise<Response> {
  const service = c.req.query('service')
  if (service !== 'git-receive-pack' && service !== 'git-upload-pack') {
    return plain(403, 'This address speaks only the smart protocol of git. Use git 1.6.6 or newer.')
  }
  const found = await findServiceForPush(ctx, c.get('actor'), target.project, target.service)
  if (!found && service === 'git-upload-pack') throw absent(target)
  const path = found ? await ensureRepository(ctx, found.id) : await ensureEmptyRepository(ctx)
  const refs = await advertise(ctx, service, path, c.req.header('git-protocol'))
  return new Response(Uint8Array.from(refs), { headers: headersOf(service, 'advertisement') })
}

async function takePush(ctx: Ctx, c: Context<GitEnv>, target: Target): Promise<Response> {
  checkType(c, 'git-receive-pack')
  const actor = c.get('actor')
  const service = await findOrCreate(ctx, actor, target)
  const path = await ensureRepository(ctx, service.id)
  const run = await startReceivePack(ctx, path, c.req.header('git-protocol'))
  const gone = watchClient(c.env.outgoing, run)
  converse(ctx, actor, service, run, gone).catch((error: unknown) => {
    ctx.log.error({ error: errorText(error), serviceId: service.id }, 'a push could not be answered')
    run.kill()
  })
  return exchange(ctx, c, run, { service: 'git-receive-pack', bytesMax: bodyBytesMax, tell: explainAnswer })
}

async function giveObjects(ctx: Ctx, c: Context<GitEnv>, target: Target): Promise<Response> {
  checkType(c, 'git-upload-pack')
  const service = await findServiceForPush(ctx, c.get('actor'), target.project, target.service)
  if (!service) throw absent(target)
  const run = await startUploadPack(ctx, await ensureRepository(ctx, service.id), c.req.header('git-protocol'))
  watchClient(c.env.outgoing, run)
  const tell = (pieces: AsyncIterable<Buffer>) => pieces
  return exchange(ctx, c, run, { service: 'git-upload-pack', bytesMax: fetchBodyBytesMax, tell })
}

/** Two first pushes at once: the one that comes second finds what the first made. */
async function findOrCreate(ctx: Ctx, actor: Actor, { project, service }: Target): Promise<Service> {
  const found = await findServiceForPush(ctx, actor, project, service)
  if (found) return found
  try {
    return await createService(ctx, actor, { project, service })
  } catch (error) {
    const other = isHandcarError(error, 'conflict') && (await findServiceForPush(ctx, actor, project, service))
    if (!other) throw error
    return other
  }
}

/** Talks with the hook: hears what is pushed, decides, tells what becomes of it, answers. */
async function converse(ctx: Ctx, actor: Actor, service: Service, run: ReceiveRun, gone: AbortSignal): Promise<void> {
  const push = await readPush(run.hook)
  if (!push) return
  try {
    const decision = await receivePush(ctx, actor, service, push)
    const voice = { say: (lines: readonly string[]) => say(run.hook, lines), signal: gone }
    answer(run.hook, await reportPush(ctx, decision, voice))
  } catch (error) {
    explainFault(ctx, run, push, error)
  }
}

function explainFault(ctx: Ctx, run: ReceiveRun, push: PushRequest, error: unknown): void {
  const known = isHandcarError(error) ? error : undefined
  ctx.log.error({ error: errorText(error), code: known?.code }, 'a push failed on the server')
  const lines = [known?.message ?? 'Handcar failed while it took this push.', known?.hint ?? 'Push again.']
  say(
    run.hook,
    lines.map((line) => ` !     ${line}`),
  )
  answer(
    run.hook,
    push.updates.map(({ ref }) => ({ ref, refusal: 'the server failed, see above' })),
  )
}

/** Aborts when the client has left; git is of no use then. What it has started goes on. */
function watchClient(outgoing: ServerResponse | HttpBindings['outgoing'], run: PackRun): AbortSignal {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (outgoing.writableFinished) return
    gone.abort()
    run.kill()
  })
  return gone.signal
}

interface Conversation {
  service: PackService
  bytesMax: number
  /** What of git's words the client hears. */
  tell(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer>
}

/**
 * Request body to git, then git's answer to the client. Not at the same time: a proxy that speaks HTTP/1 drops what is
 * still on its way of a request once its answer has begun (Go's net/http does, beyond 256 KB).
 */
async function exchange(
  ctx: Ctx,
  c: Context<GitEnv>,
  run: PackRun,
  { service, bytesMax, tell }: Conversation,
): Promise<Response> {
  run.stderr.on('data', (bytes: Buffer) => {
    ctx.log.info({ text: bytes.toString('utf8').trim().slice(0, 500), service }, 'git says')
  })
  // Read from the beginning: git must be able to write while it reads.
  const answer = run.stdout.pipe(new PassThrough({ highWaterMark: earlyAnswerBytes }))
  await feedGit(c.env.incoming as IncomingMessage, c.req.header('content-encoding'), run, bytesMax).catch(
    (error: unknown) => {
      ctx.log.info({ error: errorText(error), service }, 'a git request ended early')
      run.kill()
    },
  )
  const body = Readable.toWeb(
    Readable.from(tell(piecesOf(answer)), { objectMode: false }),
  ) as ReadableStream<Uint8Array>
  return new Response(body, { headers: headersOf(service, 'result') })
}

async function* piecesOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const piece of stream) yield piece as Buffer
}

function headersOf(service: PackService, kind: 'advertisement' | 'result'): Record<string, string> {
  return {
    'Content-Type': `application/x-${service}-${kind}`,
    'Cache-Control': 'no-store, no-cache, max-age=0, must-revalidate',
    Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  }
}

/** A form or a script of another site cannot send this type without asking first. */
function checkType(c: Context<GitEnv>, service: PackService): void {
  const type = `application/x-${service}-request`
  if (c.req.header('content-type') === type) return
  throw new HandcarError({ code: 'source.bad_type', kind: 'invalid', message: `The body must be ${type}` })
}

function absent({ project, service }: Target): HandcarError {
  return new HandcarError({
    code: 'service.not_found',
    kind: 'not_found',
    message: `There is no service ${project}/${service}`,
    hint: 'Check the address, or push to it first: a push creates it',
  })
}

function tooBusy(): HandcarError {
  return new HandcarError({
    code: 'git.too_busy',
    kind: 'unavailable',
    message: 'Too many pushes are running at once',
    hint: 'Try again in a minute',
    retryAfterSeconds: 60,
  })
}

function failed(ctx: Ctx, error: unknown): Response {
  if (!isHandcarError(error)) {
    ctx.log.error({ error: errorText(error) }, 'a git request failed')
    return plain(500, 'Handcar failed. The reason is in its log.')
  }
  const headers: Record<string, string> = {}
  if (error.kind === 'unauthenticated') headers['WWW-Authenticate'] = challenge
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds)
  return plain(statusOf[error.kind], [error.message, error.hint].filter(Boolean).join('\n'), headers)
}

const challenge = 'Basic realm="Handcar: any user name, a token as password"'

/** git shows plain text to the person, with `remote: ` before each line. */
function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  })
}
