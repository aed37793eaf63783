import { Hono } from 'hono'
import { ProjectPage } from '../../../views/project/project.tsx'
import { ProjectsPage } from '../../../views/project/projects.tsx'
import { getProject, listProjects } from '../../core/project/read.ts'
import { listServices } from '../../core/service/read.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { linesToPush } from '../lines-to-push.ts'
import { pageParts } from '../respond.tsx'
import { refreshOf } from '../service-path.ts'

/** The list of projects, and one project in one environment. */
export function projectPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  app.get('/projects', async (c) =>
    c.html(
      <ProjectsPage
        {...pageParts(c, parts)}
        projects={await listProjects(ctx, c.get('actor'))}
        pushLines={linesToPush(c, { project: 'my-project', service: 'web' })}
        now={ctx.clock.now()}
      />,
    ),
  )

  app.get('/p/:p/:e', async (c) => {
    const path = { project: c.req.param('p'), environment: c.req.param('e') }
    const actor = c.get('actor')
    await getProject(ctx, actor, path)
    return c.html(
      <ProjectPage
        {...pageParts(c, parts)}
        {...path}
        services={await listServices(ctx, actor, path)}
        view={c.req.query('view') === 'list' ? 'list' : 'cards'}
        refreshSeconds={refreshOf(c)}
        now={ctx.clock.now()}
      />,
    )
  })
  return app
}
