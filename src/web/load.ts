import type { Context } from 'hono'
import type { Ctx } from '../core/ctx.ts'
import { getService, summarize } from '../core/service/read.ts'
import type { Service, ServiceSummary } from '../core/service/service.ts'
import type { WebEnv } from './env.ts'
import { servicePathOf } from './service-path.ts'

/** The service that the address names, as the actor may see it: foreign and absent ones are the same 404. */
export function loadService(c: Context<WebEnv>, ctx: Ctx): Promise<Service> {
  return getService(ctx, c.get('actor'), servicePathOf(c))
}

export async function loadSummary(c: Context<WebEnv>, ctx: Ctx): Promise<ServiceSummary> {
  return summarize(ctx, await loadService(c, ctx))
}
