import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { actorOfSession } from '../core/account/session.ts'
import type { Ctx } from '../core/ctx.ts'
import { errorText, HandcarError } from '../kernel/errors.ts'
import { readCookie } from './cookies.ts'
import type { WebEnv, WebParts } from './env.ts'

/** Something is said this often, so that a dead connection shows on both ends; the session is looked at then too. */
const beatMs = 20_000
/** A client that takes longer for one message is let go; it comes back and is told everything again. */
const slowMs = 30_000
/** Open streams of all people together, and of one: a browser holds six to a host. */
const streamsMax = 256
const streamsOfOneMax = 48

export interface Message {
  data: string
  /** Named messages become events of the page; unnamed ones are swapped in. */
  event?: string
  id?: string
}

export interface Stream {
  /** Resolves when the client has taken it. Rejects when the client is gone or too slow. */
  send(message: Message): Promise<void>
  /** Aborts when the client is gone, too slow or signed out, and when the work is over. */
  signal: AbortSignal
}

/** Open streams of each server, by person. */
const openStreams = new WeakMap<Ctx, Map<string, number>>()

/** Answers with a stream of events for as long as the work goes on, the client listens and its session lasts. */
export function openStream(c: Context<WebEnv>, parts: WebParts, work: (stream: Stream) => Promise<void>): Response {
  // Who asks for the head alone never reads: nothing is begun for it.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' })
  const leave = takePlace(c, parts)
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (sse) => {
    const ending = new AbortController()
    sse.onAbort(() => ending.abort())
    const send = (message: Message) => sendInTime(parts, sse.writeSSE(message), ending)
    const beating = beat(c, parts, send, ending)
    try {
      await work({ send, signal: ending.signal })
    } catch (error) {
      if (!ending.signal.aborted) parts.ctx.log.warn({ path: c.req.path, error: errorText(error) }, 'a stream broke')
    } finally {
      ending.abort()
      leave()
      await beating
    }
  })
}

/** Until the stream is over: something to hear, and a look whether the session still lasts. */
async function beat(
  c: Context<WebEnv>,
  { ctx }: WebParts,
  send: Stream['send'],
  ending: AbortController,
): Promise<void> {
  try {
    for (;;) {
      await ctx.clock.sleep(beatMs, ending.signal)
      if (ending.signal.aborted) return
      const isAlive = await isSignedIn(c, ctx)
      await send({ event: isAlive ? 'alive' : 'gone', data: '' })
      if (!isAlive) return ending.abort()
    }
  } catch (error) {
    if (!ending.signal.aborted) ctx.log.warn({ path: c.req.path, error: errorText(error) }, 'a stream broke')
    ending.abort()
  }
}

/** For an answer without beats: it ends when the session does. */
export async function endWithSession(c: Context<WebEnv>, { ctx }: WebParts, ending: AbortController): Promise<void> {
  while (!ending.signal.aborted) {
    await ctx.clock.sleep(beatMs, ending.signal)
    const isAlive = await isSignedIn(c, ctx).catch(() => false)
    if (!isAlive) ending.abort()
  }
}

async function isSignedIn(c: Context<WebEnv>, ctx: Ctx): Promise<boolean> {
  const session = readCookie(c, 'session')
  return session !== undefined && (await actorOfSession(ctx, session)) !== undefined
}

/** Rejects when the client is gone, or takes so long for one message that it has to be let go. */
async function sendInTime({ ctx }: WebParts, sending: Promise<void>, ending: AbortController): Promise<void> {
  ending.signal.throwIfAborted()
  const sent = new AbortController()
  const stopped = AbortSignal.any([sent.signal, ending.signal])
  const late = ctx.clock.sleep(slowMs, stopped).then(() => {
    if (sent.signal.aborted) return
    ending.abort()
    throw new Error('the client is gone or too slow')
  })
  try {
    await Promise.race([sending, late])
  } catch (error) {
    // What waits for news of this stream must not go on waiting.
    ending.abort()
    throw error
  } finally {
    sent.abort()
  }
}

/** Counts an answer that stays open until it is left. Throws `limit` when its reader or all together have too many. */
export function takePlace(c: Context<WebEnv>, { ctx }: WebParts): () => void {
  const owner = c.get('actor').personId ?? c.get('actor').name
  const open = openStreams.get(ctx) ?? new Map<string, number>()
  openStreams.set(ctx, open)
  const own = open.get(owner) ?? 0
  const all = [...open.values()].reduce((sum, count) => sum + count, 0)
  if (own >= streamsOfOneMax || all >= streamsMax) {
    throw new HandcarError({
      code: 'web.too_many_streams',
      kind: 'limit',
      message: 'Too many pages with live updates are open',
      hint: 'Close some of them; the page itself works without',
      retryAfterSeconds: 30,
    })
  }
  open.set(owner, own + 1)
  return () => {
    const left = (open.get(owner) ?? 1) - 1
    if (left > 0) open.set(owner, left)
    else open.delete(owner)
  }
}

/**
 * Gathers what an iterable yields for a moment and hands it on in one piece, so that a fast log is a few large
 * messages. Nothing more is taken from the source while a piece is being sent.
 */
export async function* inPieces<Item>(source: AsyncIterable<Item>, sizeMax: number, waitMs: number) {
  const iterator = source[Symbol.asyncIterator]()
  const take = () => {
    const taken = iterator.next()
    // Awaited later, or never when the reader is gone: until then a failure must not count as unhandled.
    taken.catch(() => undefined)
    return taken
  }
  let next = take()
  try {
    for (;;) {
      const first = await next
      if (first.done) return
      const piece = [first.value]
      next = take()
      const deadline = new Promise<'late'>((resolve) => setTimeout(resolve, waitMs, 'late'))
      let isOver = false
      while (piece.length < sizeMax && !isOver) {
        const result = await Promise.race([next, deadline])
        if (result === 'late') break
        if (result.done) isOver = true
        else {
          piece.push(result.value)
          next = take()
        }
      }
      yield piece
      if (isOver) return
    }
  } finally {
    await iterator.return?.()
  }
}
