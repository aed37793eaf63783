import type { ProjectSummary } from '../../src/core/project/project.ts'
import type { ServiceSummary } from '../../src/core/service/service.ts'
import { plural } from '../format.ts'
import { Page, type PageProps } from '../layout/page.tsx'
import { ButtonLink } from '../parts/button.tsx'
import { CopyLine } from '../parts/copy.tsx'
import { Icon } from '../parts/icon.tsx'
import { Dot } from '../parts/state.tsx'
import { Ago } from '../parts/time.tsx'
import { paths } from '../paths.ts'
import { serviceWord } from '../words.ts'
import { inOrder } from './service-cards.tsx'

export interface ProjectsProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  projects: ProjectSummary[]
  /** The two lines that deploy, for names of one's own choice. */
  pushLines: string[]
  now: number
}

export function ProjectsPage(props: ProjectsProps) {
  return (
    <Page {...props} title="Projects" crumbs={[{ label: 'Projects' }]} width="mid">
      <div class="head">
        <h1>Projects</h1>
        {props.projects.length === 0 ? null : (
          <ButtonLink href={paths.newService()} kind="primary" icon="plus">
            New service
          </ButtonLink>
        )}
      </div>
      {props.projects.length === 0 ? <NoProjects pushLines={props.pushLines} /> : <ProjectCards {...props} />}
    </Page>
  )
}

function ProjectCards({ projects, now }: ProjectsProps) {
  return (
    <ul class="cards">
      {projects.map(({ project, services }) => (
        <li>
          <a class="node" href={paths.project(project.slug, project.environments[0] ?? 'production')}>
            <div class="hd">
              <span class="tile purple">
                <Icon name="list" />
              </span>
              <div class="grow">
                <div class="nm cut" title={project.slug}>
                  {project.slug}
                </div>
                <div class="xs dim">{plural(services.length, 'service')}</div>
              </div>
            </div>
            <ServiceStates services={services} now={now} />
          </a>
        </li>
      ))}
    </ul>
  )
}

function ServiceStates({ services, now }: { services: ServiceSummary[]; now: number }) {
  const last = Math.max(...services.map(({ latest }) => latest?.createdAt ?? 0), 0)
  return (
    <div class="ft wrap">
      {inOrder(services)
        .slice(0, 6)
        .map((summary) => {
          const word = serviceWord(summary)
          return (
            <span class="row state">
              <Dot state={word} />
              <span class="cut">
                {summary.service.slug}
                <span class="sr">: {word.word}</span>
              </span>
            </span>
          )
        })}
      {services.length > 6 ? <span class="dim">and {services.length - 6} more</span> : null}
      {services.length === 0 ? <span class="dim">Empty</span> : null}
      {last === 0 ? null : (
        <span class="dim">
          last deploy <Ago at={last} now={now} />
        </span>
      )}
    </div>
  )
}

function NoProjects({ pushLines }: { pushLines: string[] }) {
  return (
    <section class="card ways" aria-labelledby="first-app">
      <h2 id="first-app">Deploy your first app</h2>
      <p class="sm dim">
        Create a service and push to it, or push straight away: a name that does not exist yet is created. Git asks for
        a password: paste a token from <a href={paths.tokens}>API tokens</a>.
      </p>
      <div class="lines">
        {pushLines.map((line) => (
          <CopyLine text={line} label={`Copy: ${line}`} />
        ))}
      </div>
      <div class="actions">
        <ButtonLink href={paths.newService()} kind="primary" icon="plus">
          New service
        </ButtonLink>
      </div>
    </section>
  )
}
