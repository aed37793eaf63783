import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { type Deployment, isOpen } from '../core/deployment/deployment.ts'
import { followLog, type LogLine, readLog } from '../core/deployment/deployment-log.ts'
import { followRuntimeLog, type RuntimeLine, readRuntimeLog } from '../core/replica/runtime-log.ts'
import type { Service } from '../core/service/service.ts'
import type { WebEnv, WebParts } from './env.ts'
import { endWithSession, inPieces, takePlace } from './stream.ts'

/** The most lines of a runtime log in one answer; it has no end of its own. */
const runtimeLinesMax = 100_000
const pieceLines = 1_000
const pieceMs = 50

/** `log.txt?log=build|runtime&follow=1`: the whole log as plain text, for `curl` and for readers without scripts. */
export async function answerLogText(
  c: Context<WebEnv>,
  parts: WebParts,
  service: Service,
  deployment: Deployment,
): Promise<Response> {
  const { ctx } = parts
  const isRuntime = c.req.query('log') === 'runtime'
  const isAsked = c.req.query('follow') === '1' && c.req.method !== 'HEAD'
  const follows = isAsked && (isRuntime ? deployment.endedAt === undefined : isOpen(deployment.state))
  c.header('Content-Type', 'text/plain; charset=utf-8')
  const options = { deploymentNumber: deployment.number, lastLines: runtimeLinesMax }
  if (!follows) {
    if (isRuntime) return c.body((await readRuntimeLog(ctx, service, options)).map(runtimeText).join(''))
    return c.body((await readLog(ctx, deployment.id)).lines.map(buildText).join(''))
  }
  const leave = takePlace(c, parts)
  return stream(c, async (out) => {
    const ending = new AbortController()
    out.onAbort(() => ending.abort())
    const { signal } = ending
    const watching = endWithSession(c, parts, ending)
    const source = isRuntime
      ? texts(followRuntimeLog(ctx, service, { ...options, signal }), runtimeText)
      : texts(followLog(ctx, deployment, { fromLine: 1, signal }), buildText)
    try {
      for await (const piece of inPieces(source, pieceLines, pieceMs)) await out.write(piece.join(''))
    } finally {
      leave()
      ending.abort()
      await watching
    }
  })
}

async function* texts<Line>(lines: AsyncIterable<Line>, textOf: (line: Line) => string): AsyncIterable<string> {
  for await (const line of lines) yield textOf(line)
}

function buildText({ at, text }: LogLine): string {
  return `${new Date(at).toISOString()} ${text}\n`
}

function runtimeText({ at, replica, stream: from, text }: RuntimeLine): string {
  return `${new Date(at).toISOString()} ${replica} ${from === 'stderr' ? 'err' : 'out'} ${text}\n`
}
