import { type Context, Hono } from 'hono'
import { paths } from '../../../views/paths.ts'
import { DeletionPage, type DeletionPageProps } from '../../../views/settings/deletion.tsx'
import { deleteService } from '../../core/service/delete-service.ts'
import { listVariables } from '../../core/variable/read.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { readForm } from '../form.ts'
import { loadService, loadSummary } from '../load.ts'
import { problemsOf } from '../problems.ts'
import { wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'

/** Says what goes, asks for the name, and lets it go. */
export function deletionPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  app.get('/deletion', async (c) => c.html(await page(c, parts, { typed: '', problems: [] })))

  app.post('/deletion', async (c) => {
    const service = await loadService(c, ctx)
    const typed = (await readForm(c)).text('confirm').trim()
    try {
      await deleteService(ctx, c.get('actor'), service, typed)
      return seeOther(c, paths.project(service.project, service.environment), 'service_deleted', service.slug)
    } catch (thrown) {
      const { error, problems } = problemsOf(thrown, 'invalid')
      if (wantsJson(c)) throw error
      return c.html(await page(c, parts, { typed, problems }), 422)
    }
  })
  return app
}

async function page(c: Context<WebEnv>, parts: WebParts, form: Pick<DeletionPageProps, 'typed' | 'problems'>) {
  const summary = await loadSummary(c, parts.ctx)
  const variables = await listVariables(parts.ctx, summary.service.instanceId)
  return <DeletionPage {...pageParts(c, parts)} summary={summary} variables={variables.length} {...form} />
}
