import { Page, type PageProps } from '../layout/page.tsx'
import { Button } from '../parts/button.tsx'
import { Card } from '../parts/card.tsx'
import { CopyLine } from '../parts/copy.tsx'
import { ErrorSummary, Field, type FieldProblem, problemOf } from '../parts/field.tsx'
import { paths } from '../paths.ts'

export interface NewServiceProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  project: string
  service: string
  pushLines: string[]
  problems: FieldProblem[]
}

export function NewServicePage(props: NewServiceProps) {
  const isError = props.problems.length > 0
  return (
    <Page
      {...props}
      title={isError ? 'Error: New service' : 'New service'}
      crumbs={[{ label: 'Projects', href: paths.projects }, { label: 'New service' }]}
      width="narrow"
    >
      <div class="stack">
        <div>
          <h1>New service</h1>
          <p class="dim">A service is one app. It gets an address of its own as soon as you push to it.</p>
        </div>
        <ErrorSummary problems={props.problems} />
        <Card title="Name it, then push">
          <form method="post" action="/new" class="stack">
            <div class="two">
              <Field
                name="project"
                label="Project"
                hint="A new name makes a new project"
                value={props.project}
                problem={problemOf(props.problems, 'project')}
                maxlength={40}
                mono
              />
              <Field
                name="service"
                label="Service"
                hint="Such as web"
                value={props.service}
                problem={problemOf(props.problems, 'service')}
                maxlength={40}
                mono
              />
            </div>
            <div class="actions">
              <Button kind="primary">Create service</Button>
            </div>
          </form>
        </Card>
        <Card title="Or push straight away">
          <div class="stack">
            <p class="sm dim">
              A push to a name that does not exist yet creates it. Git asks for a password: paste a token from{' '}
              <a href={paths.tokens}>API tokens</a>. Any user name will do.
            </p>
            {props.pushLines.map((line) => (
              <CopyLine text={line} label={`Copy: ${line}`} />
            ))}
          </div>
        </Card>
      </div>
    </Page>
  )
}
