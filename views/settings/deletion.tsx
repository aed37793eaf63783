import type { ServiceSummary } from '../../src/core/service/service.ts'
import { hostOf, plural } from '../format.ts'
import { Page, type PageProps } from '../layout/page.tsx'
import { Button, ButtonLink } from '../parts/button.tsx'
import { ErrorSummary, Field, type FieldProblem, problemOf } from '../parts/field.tsx'
import { paths } from '../paths.ts'
import { serviceCrumbs } from '../service/header.tsx'

export interface DeletionPageProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  summary: ServiceSummary
  variables: number
  typed: string
  problems: FieldProblem[]
}

/** What goes, in full, before it goes; nothing is deleted without the name. */
export function DeletionPage(props: DeletionPageProps) {
  const { summary, problems } = props
  const { service } = summary
  const at = paths.service(service)
  const isError = problems.length > 0
  const running = summary.replicas.filter(({ state }) => state === 'healthy').length
  return (
    <Page
      {...props}
      title={`${isError ? 'Error: ' : ''}Delete ${service.slug}`}
      crumbs={serviceCrumbs(summary, 'Delete')}
      width="narrow"
    >
      <div class="card danger">
        <div class="body stack">
          <h1>Delete {service.slug}?</h1>
          <ErrorSummary problems={problems} />
          <p>This cannot be undone. These things are deleted:</p>
          <dl class="facts">
            <dt>Running now</dt>
            <dd>{running === 0 ? 'Nothing' : `${plural(running, 'replica')}, stopped at once`}</dd>
            <dt>Address</dt>
            <dd>{hostOf(summary.url)} answers 404 from then on</dd>
            <dt>Deployments</dt>
            <dd>
              {summary.latest === undefined ? 'None' : `All ${summary.latest.number}, with their logs and images`}
            </dd>
            <dt>Variables</dt>
            <dd>{props.variables === 0 ? 'None' : `${props.variables}, with their values`}</dd>
            <dt>Repository</dt>
            <dd>The copy on this server. The one on your machine stays</dd>
          </dl>
          <form method="post" action={`${at}/deletion`} class="stack">
            <Field
              name="confirm"
              label={
                <>
                  Type <code>{service.slug}</code> to confirm
                </>
              }
              value={props.typed}
              problem={problemOf(problems, 'confirm')}
              mono
            />
            <div class="actions">
              <ButtonLink href={`${at}/settings`}>Cancel</ButtonLink>
              <Button kind="danger-solid" icon="trash">
                Delete service
              </Button>
            </div>
          </form>
        </div>
      </div>
    </Page>
  )
}
