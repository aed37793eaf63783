import { type Context, Hono } from 'hono'
import { paths } from '../../../views/paths.ts'
import { ServicePage } from '../../../views/service/page.tsx'
import type { ServiceView } from '../../../views/service/view.ts'
import type { Actor } from '../../core/actor.ts'
import type { Ctx } from '../../core/ctx.ts'
import { rebuild, redeploy, restart } from '../../core/deployment/again.ts'
import { getService } from '../../core/service/read.ts'
import type { Service } from '../../core/service/service.ts'
import { stopService } from '../../core/service/stop-service.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { remoteUrl } from '../lines-to-push.ts'
import { shownLogOf, shownMark } from '../log-view.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { listedIn, refreshOf, servicePathOf } from '../service-path.ts'
import { readServiceView } from '../service-view.ts'
import { deploymentPages } from './deployment.tsx'
import { logPages } from './logs.tsx'

/** Pages and posts of one service, to be mounted at `/p/:p/:e/s/:s`. */
export function servicePages(parts: WebParts): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => servicePage(c, parts))
    .post('/redeploy', (c) => act(c, parts, redeploy))
    .post('/rebuild', (c) => act(c, parts, rebuild))
    .post('/restart', (c) => act(c, parts, restart))
    .post('/stop', async (c) => {
      const service = await getService(parts.ctx, c.get('actor'), servicePathOf(c))
      await stopService(parts.ctx, c.get('actor'), service)
      return seeOther(c, paths.service(service), 'service_stopped', service.slug)
    })
    .route('/', deploymentPages(parts))
    .route('/', logPages(parts))
}

async function servicePage(c: Context<WebEnv>, parts: WebParts) {
  const { ctx } = parts
  const view = await readServiceView(ctx, c.get('actor'), servicePathOf(c), listedIn(c))
  const deployment = view.selected?.item.deployment
  const log = deployment && (await shownLogOf(ctx, view.service, deployment))
  return c.html(
    <ServicePage
      {...pageParts(c, parts)}
      {...view}
      log={log}
      pushTo={{
        remoteUrl: remoteUrl(c, { project: view.service.project, service: view.service.slug }),
        branch: view.service.branch ?? 'main',
      }}
      events={eventsOf(view, listedIn(c).before)}
      refreshSeconds={refreshOf(c)}
    />,
  )
}

/** The stream shows the same part of the list. */
function eventsOf({ summary, selected, listed }: ServiceView, before: number | undefined): string {
  const mark = selected === undefined ? '' : shownMark(selected.item.deployment)
  const part = listed.isAll ? `&all=1${before === undefined ? '' : `&before=${before}`}` : ''
  return `${paths.service(summary.service)}/events?selected=${mark}${part}`
}

type Act = (ctx: Ctx, actor: Actor, service: Service) => Promise<unknown>

/** The service page shows what came of it: the new deployment is the one on its way. */
async function act(c: Context<WebEnv>, { ctx }: WebParts, run: Act) {
  const service = await getService(ctx, c.get('actor'), servicePathOf(c))
  await run(ctx, c.get('actor'), service)
  return seeOther(c, paths.service(service))
}
