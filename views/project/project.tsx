import { plural } from '../format.ts'
import { LiveStream } from '../layout/live.tsx'
import { Page, type PageProps } from '../layout/page.tsx'
import { ButtonLink } from '../parts/button.tsx'
import { Empty } from '../parts/notice.tsx'
import { paths } from '../paths.ts'
import { ServiceCards, type ServicesProps, ServiceTable } from './service-cards.tsx'

export interface ProjectPageProps extends ServicesProps, Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  project: string
  environment: string
  view: 'cards' | 'list'
  refreshSeconds: number | undefined
}

/** Services of one environment, as cards or as a list. */
export function ProjectPage(props: ProjectPageProps) {
  const { project, environment, services, view } = props
  const address = paths.project(project, environment)
  const isList = view === 'list'
  return (
    <Page
      {...props}
      title={`${project} · ${environment}`}
      crumbs={[{ label: 'Projects', href: paths.projects }, { label: project, href: address }, { label: environment }]}
    >
      <div class="head">
        <div>
          <h1>{project}</h1>
          <p class="sm dim">
            {environment}, {plural(services.length, 'service')}
          </p>
        </div>
        <div class="actions">
          {services.length === 0 ? null : (
            <ButtonLink href={isList ? address : `${address}?view=list`} kind="ghost" icon={isList ? 'box' : 'list'}>
              {isList ? 'Card view' : 'List view'}
            </ButtonLink>
          )}
          <ButtonLink href={paths.newService(project)} kind="primary" icon="plus">
            New service
          </ButtonLink>
        </div>
      </div>
      <LiveStream
        address={`${paths.projectEvents(project, environment)}${isList ? '?view=list' : ''}`}
        refreshSeconds={props.refreshSeconds}
      />
      <ServiceView {...props} />
    </Page>
  )
}

function ServiceView({ services, now, view, project }: ProjectPageProps) {
  if (services.length === 0) {
    return (
      <Empty icon="box" title="No services here yet">
        <p class="sm">A service is one app, deployed by git push.</p>
        <ButtonLink href={paths.newService(project)}>New service</ButtonLink>
      </Empty>
    )
  }
  return view === 'list' ? (
    <ServiceTable services={services} now={now} />
  ) : (
    <ServiceCards services={services} now={now} />
  )
}
