import { type Context, Hono } from 'hono'
import { NewServicePage, type NewServiceProps } from '../../../views/new-service/new-service.tsx'
import { paths } from '../../../views/paths.ts'
import { createService, refusalsOf } from '../../core/service/create-service.ts'
import { slugPattern } from '../../core/service/service.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { statusOf } from '../errors.tsx'
import { readForm } from '../form.ts'
import { linesToPush } from '../lines-to-push.ts'
import { problemsOf } from '../problems.ts'
import { wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'

export function newServicePages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()

  app.get('/new', (c) => c.html(page(c, parts, { project: c.req.query('project') ?? '', service: '', problems: [] })))

  app.post('/new', async (c) => {
    const form = await readForm(c)
    const names = { project: form.text('project').trim(), service: form.text('service').trim() }
    const refusals = refusalsOf(names)
    if (refusals.length > 0 && !wantsJson(c)) {
      const problems = refusals.flatMap((refusal) => problemsOf(refusal, 'invalid').problems)
      return c.html(page(c, parts, { ...names, problems }), statusOf.invalid)
    }
    try {
      const service = await createService(parts.ctx, c.get('actor'), names)
      return seeOther(c, paths.service(service))
    } catch (thrown) {
      const { error, problems } = problemsOf(thrown, 'invalid', 'conflict')
      if (wantsJson(c)) throw error
      return c.html(page(c, parts, { ...names, problems }), statusOf[error.kind])
    }
  })
  return app
}

function page(c: Context<WebEnv>, parts: WebParts, form: Pick<NewServiceProps, 'project' | 'service' | 'problems'>) {
  const shown = (typed: string, usual: string) => (slugPattern.test(typed) ? typed : usual)
  const names = { project: shown(form.project, 'my-project'), service: shown(form.service, 'web') }
  return <NewServicePage {...pageParts(c, parts)} {...form} pushLines={linesToPush(c, names)} />
}
