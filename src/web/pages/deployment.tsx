import { type Context, Hono } from 'hono'
import { DeploymentPage } from '../../../views/deployment/page.tsx'
import { createAnsi } from '../../../views/log/ansi.ts'
import { countKinds } from '../../../views/log/lines.ts'
import { streamHtml } from '../../../views/log/rows.ts'
import { LogFoot, LogTitle } from '../../../views/log/viewer.tsx'
import { paths } from '../../../views/paths.ts'
import { rollBack } from '../../core/deployment/again.ts'
import { cancel } from '../../core/deployment/cancel.ts'
import type { Deployment } from '../../core/deployment/deployment.ts'
import { followLog, readLog } from '../../core/deployment/deployment-log.ts'
import { getDeployment, getDeploymentById } from '../../core/deployment/read.ts'
import { getService } from '../../core/service/read.ts'
import type { Service } from '../../core/service/service.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { answerLogText } from '../log-text.ts'
import { logStateOf, logTabs, shownLogOf } from '../log-view.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { numberIn, refreshOf, servicePathOf } from '../service-path.ts'
import { readServiceView } from '../service-view.ts'
import { inPieces, openStream } from '../stream.ts'

/** Lines in one message, and how long a message waits for more of them. */
const pieceLines = 400
const pieceMs = 60

/** Pages and posts of one deployment, under its service. */
export function deploymentPages(parts: WebParts): Hono<WebEnv> {
  const { ctx } = parts
  return new Hono<WebEnv>()
    .get('/d/:n', (c) => deploymentPage(c, parts))
    .get('/d/:n/log.txt', async (c) => {
      const { service, deployment } = await found(c, parts)
      return answerLogText(c, parts, service, deployment)
    })
    .get('/d/:n/log/stream', async (c) => {
      return logStream(c, parts, await found(c, parts))
    })
    .post('/d/:n/cancellation', async (c) => {
      const { service, deployment } = await found(c, parts)
      await cancel(ctx, c.get('actor'), deployment)
      return seeOther(c, paths.deployment(service, deployment.number))
    })
    .post('/d/:n/rollback', async (c) => {
      const { service, deployment } = await found(c, parts)
      await rollBack(ctx, c.get('actor'), deployment)
      return seeOther(c, paths.service(service))
    })
}

interface Found {
  service: Service
  deployment: Deployment
}

async function found(c: Context<WebEnv>, { ctx }: WebParts): Promise<Found> {
  const service = await getService(ctx, c.get('actor'), servicePathOf(c))
  return { service, deployment: await getDeployment(ctx, service, numberIn(c.req.param('n'))) }
}

async function deploymentPage(c: Context<WebEnv>, parts: WebParts) {
  const { ctx } = parts
  const number = numberIn(c.req.param('n'))
  const view = await readServiceView(ctx, c.get('actor'), servicePathOf(c), { number })
  const { service, selected } = view
  if (selected === undefined) return c.notFound()
  const before = c.req.query('before') === undefined ? undefined : numberIn(c.req.query('before'))
  return c.html(
    <DeploymentPage
      {...pageParts(c, parts)}
      {...view}
      selected={selected}
      log={await shownLogOf(ctx, service, selected.item.deployment, c.req.query('log'), before)}
      events={`${paths.service(service)}/events?d=${number}`}
      refreshSeconds={refreshOf(c)}
    />,
  )
}

/** Rows behind line `after`; each message carries the number of its last line, from which a new stream goes on. */
function logStream(c: Context<WebEnv>, parts: WebParts, at: Found): Response {
  const after = Number(c.req.header('Last-Event-ID') ?? c.req.query('after') ?? 0)
  const fromLine = Number.isSafeInteger(after) && after >= 0 ? after + 1 : 1
  return openStream(c, parts, async ({ send, signal }) => {
    const ansi = createAnsi()
    for await (const lines of inPieces(
      followLog(parts.ctx, at.deployment, { fromLine, signal }),
      pieceLines,
      pieceMs,
    )) {
      await send({ id: String(lines.at(-1)?.number ?? after), data: streamHtml(lines, ansi) })
    }
    if (!signal.aborted) await send({ event: 'end', data: await endOf(parts, at) })
  })
}

/** What stands over and under a log that is complete. */
async function endOf({ ctx }: WebParts, { service, deployment: { id } }: Found): Promise<string> {
  const deployment = await getDeploymentById(ctx, id)
  const { lines, total } = await readLog(ctx, id)
  return String(
    <div data-state={logStateOf(deployment)} data-until={deployment.liveAt ?? deployment.endedAt ?? ctx.clock.now()}>
      <LogTitle label="Build log" current="build" tabs={logTabs(service, deployment)} />
      <LogFoot isLive={false} total={total} {...countKinds(lines)} />
    </div>,
  )
}
