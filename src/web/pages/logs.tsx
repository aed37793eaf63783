import { type Context, Hono } from 'hono'
import { createAnsi } from '../../../views/log/ansi.ts'
import { LogsPage } from '../../../views/log/page.tsx'
import { runtimeRowHtml } from '../../../views/log/rows.ts'
import { paths } from '../../../views/paths.ts'
import { getDeployment } from '../../core/deployment/read.ts'
import { followRuntimeLog, type RuntimeLine, readRuntimeLog } from '../../core/replica/runtime-log.ts'
import { getService, summarize } from '../../core/service/read.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { linesShown, markOf } from '../log-view.ts'
import { pageParts } from '../respond.tsx'
import { numberIn, refreshOf, servicePathOf } from '../service-path.ts'
import { inPieces, openStream } from '../stream.ts'

const pieceLines = 400
const pieceMs = 60

/** The runtime log of a service: what the app itself prints. */
export function logPages(parts: WebParts): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/logs', (c) => logsPage(c, parts)).get('/logs/stream', (c) => logsStream(c, parts))
}

async function logsPage(c: Context<WebEnv>, parts: WebParts) {
  const { ctx } = parts
  const service = await getService(ctx, c.get('actor'), servicePathOf(c))
  const summary = await summarize(ctx, service)
  const lines = await readRuntimeLog(ctx, service, { lastLines: linesShown })
  const at = paths.service(service)
  const shown = summary.live ?? summary.open ?? summary.latest
  return c.html(
    <LogsPage
      {...pageParts(c, parts)}
      summary={summary}
      log={{
        lines,
        limit: linesShown,
        tabs: [],
        follow: `${at}/logs/stream?after=${markOf(lines)}`,
        download: shown === undefined ? `${at}/logs` : `${paths.deployment(service, shown.number)}/log.txt?log=runtime`,
        empty: emptyWord(summary.live !== undefined, shown !== undefined),
      }}
      events={`${at}/events?only=state`}
      refreshSeconds={refreshOf(c)}
    />,
  )
}

function emptyWord(isLive: boolean, wasDeployed: boolean): string {
  if (isLive) return 'The app has printed nothing since it started'
  return wasDeployed ? 'No replica runs, and none that ran has left a line' : 'Nothing has been deployed yet'
}

async function logsStream(c: Context<WebEnv>, parts: WebParts): Promise<Response> {
  const service = await getService(parts.ctx, c.get('actor'), servicePathOf(c))
  const number = c.req.query('d') === undefined ? undefined : numberIn(c.req.query('d'))
  if (number !== undefined) await getDeployment(parts.ctx, service, number)
  const [after = 0, told = 0] = (c.req.header('Last-Event-ID') ?? c.req.query('after') ?? '').split('.').map(Number)
  return openStream(c, parts, async ({ send, signal }) => {
    const ansi = createAnsi()
    let at = Number.isFinite(after) ? after : 0
    let count = Number.isFinite(told) ? told : 0
    let toSkip = count
    const lines = followRuntimeLog(parts.ctx, service, {
      ...(number === undefined ? {} : { deploymentNumber: number }),
      lastLines: linesShown,
      signal,
    })
    for await (const piece of inPieces(lines, pieceLines, pieceMs)) {
      const fresh: RuntimeLine[] = []
      for (const line of piece) {
        if (line.at < after) continue
        if (line.at === after && toSkip > 0) {
          toSkip -= 1
          continue
        }
        count = line.at === at ? count + 1 : 1
        at = Math.max(at, line.at)
        fresh.push(line)
      }
      if (fresh.length === 0) continue
      const rows = fresh.map((line) => runtimeRowHtml(line, ansi))
      await send({ id: `${at}.${count}`, data: rows.join('') })
    }
  })
}
