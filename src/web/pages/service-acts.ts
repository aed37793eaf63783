import { Hono } from 'hono'
import { paths } from '../../../views/paths.ts'
import { rebuild, redeploy, restart } from '../../core/deployment/again.ts'
import { stopService } from '../../core/service/stop-service.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { loadService } from '../load.ts'
import { seeOther } from '../respond.tsx'

/** What may be asked of a service as a whole, under its address. The new deployment's page is the answer. */
export function serviceActs(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  for (const [verb, act] of Object.entries({ redeploy, rebuild, restart })) {
    app.post(`/${verb}`, async (c) => {
      const service = await loadService(c, ctx)
      const { number } = await act(ctx, c.get('actor'), service)
      return seeOther(c, paths.deployment(service, number))
    })
  }

  app.post('/stop', async (c) => {
    const service = await loadService(c, ctx)
    await stopService(ctx, c.get('actor'), service)
    return seeOther(c, paths.service(service), 'service_stopped', service.slug)
  })
  return app
}
