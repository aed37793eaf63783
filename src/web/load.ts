import type { Context } from 'hono'
import type { Ctx } from '../core/ctx.ts'
import { getService, summarize } from '../core/service/read.ts'
import type { Service, ServiceSummary } from '../core/service/service.ts'
import type { WebEnv } from './env.ts'

/** The service that the address names, as the actor may see it: foreign and absent ones are the same 404. */
export function loadService(c: Context<WebEnv>, ctx: Ctx): Promise<Service> {
  return getService(ctx, c.get('actor'), {
    project: c.req.param('p') ?? '',
    environment: c.req.param('e') ?? '',
    service: c.req.param('s') ?? '',
  })
}

export async function loadSummary(c: Context<WebEnv>, ctx: Ctx): Promise<ServiceSummary> {
  return summarize(ctx, await loadService(c, ctx))
}

/** Seconds of a page that a reader without scripts asked to reload itself. */
export function refreshOf(c: Context): number | undefined {
  return c.req.query('refresh') === undefined ? undefined : 5
}
