import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { actorOfSession } from '../core/account/session.ts'
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

const openOf = new Map<string, number>()

/** Answers with a stream of events for as long as the work goes on, the client listens and its session lasts. */
export function openStream(c: Context<WebEnv>, parts: WebParts, work: (stream: Stream) => Promise<void>): Response {
  const owner = c.get('actor').personId ?? c.get('actor').name
  admit(owner)
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (sse) => {
    const ending = new AbortController()
    sse.onAbort(() => ending.abort())
    const send = async (message: Message) => {
      const late = setTimeout(() => ending.abort(), slowMs)
      try {
        await untilAborted(sse.writeSSE(message), ending.signal)
      } finally {
        clearTimeout(late)
      }
    }
    const beat = setInterval(() => {
      keepAlive(c, parts, send, ending).catch(() => ending.abort())
    }, beatMs)
    try {
      await work({ send, signal: ending.signal })
    } catch (error) {
      if (!ending.signal.aborted) parts.ctx.log.warn({ path: c.req.path, error: errorText(error) }, 'a stream broke')
    } finally {
      clearInterval(beat)
      ending.abort()
      release(owner)
    }
  })
}

async function keepAlive(
  c: Context<WebEnv>,
  parts: WebParts,
  send: Stream['send'],
  ending: AbortController,
): Promise<void> {
  const session = readCookie(c, 'session')
  if (session !== undefined && (await actorOfSession(parts.ctx, session))) {
    await send({ event: 'alive', data: '' })
    return
  }
  await send({ event: 'gone', data: '' })
  ending.abort()
}

function admit(owner: string): void {
  const own = openOf.get(owner) ?? 0
  const all = [...openOf.values()].reduce((sum, count) => sum + count, 0)
  if (own >= streamsOfOneMax || all >= streamsMax) {
    throw new HandcarError({
      code: 'web.too_many_streams',
      kind: 'limit',
      message: 'Too many pages with live updates are open',
      hint: 'Close some of them; the page itself works without',
      retryAfterSeconds: 30,
    })
  }
  openOf.set(owner, own + 1)
}

function release(owner: string): void {
  const left = (openOf.get(owner) ?? 1) - 1
  if (left > 0) openOf.set(owner, left)
  else openOf.delete(owner)
}

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(new Error('the client is gone'))
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/**
 * Gathers what an iterable yields for a moment and hands it on in one piece, so that a fast log is a few large
 * messages. Nothing more is taken from the source while a piece is being sent.
 */
export async function* inPieces<Item>(source: AsyncIterable<Item>, sizeMax: number, waitMs: number) {
  const iterator = source[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const first = await next
      if (first.done) return
      const piece = [first.value]
      next = iterator.next()
      const deadline = new Promise<'late'>((resolve) => setTimeout(resolve, waitMs, 'late'))
      let isOver = false
      while (piece.length < sizeMax) {
        const result = await Promise.race([next, deadline])
        if (result === 'late') break
        isOver = result.done === true
        if (result.done) break
        piece.push(result.value)
        next = iterator.next()
      }
      yield piece
      if (isOver) return
    }
  } finally {
    await iterator.return?.()
  }
}
