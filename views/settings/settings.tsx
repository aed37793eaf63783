import type { PropsWithChildren } from 'hono/jsx'
import type { ServiceSummary } from '../../src/core/service/service.ts'
import type { SettingsText } from '../../src/core/service/settings.ts'
import { StateStream } from '../layout/live.tsx'
import { Page, type PageProps } from '../layout/page.tsx'
import { ActButton, Button, ButtonLink } from '../parts/button.tsx'
import { Card } from '../parts/card.tsx'
import { ErrorSummary, Field, type FieldProblem, type FieldProps, problemOf } from '../parts/field.tsx'
import { Notice } from '../parts/notice.tsx'
import { paths } from '../paths.ts'
import { ServiceHeader, serviceCrumbs } from '../service/header.tsx'

export interface SettingsPageProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  summary: ServiceSummary
  /** What the fields hold: as saved, or as typed when the form comes back. */
  text: SettingsText
  /** Version of the saved settings; comes back with the form. */
  version: number
  /** The saved ones, when somebody else saved while this form was open. */
  saved: SettingsText | undefined
  problems: FieldProblem[]
  canRedeploy: boolean
}

export function SettingsPage(props: SettingsPageProps) {
  const { summary, problems, saved } = props
  const { service } = summary
  const at = paths.service(service)
  const isError = problems.length > 0
  return (
    <Page
      {...props}
      title={`${isError ? 'Error: ' : ''}Settings: ${service.slug}`}
      crumbs={serviceCrumbs(summary)}
      width="service"
      scripts={['editor.js']}
    >
      <ServiceHeader
        summary={summary}
        current="Settings"
        actions={
          props.canRedeploy ? (
            <div class="row acts">
              <ActButton action={`${at}/redeploy`}>Redeploy</ActButton>
            </div>
          ) : undefined
        }
      />
      <StateStream at={service} />
      <div class="panes one">
        <div class="stack">
          <ErrorSummary problems={problems} />
          {saved === undefined ? null : (
            <Notice tone="warn">
              Your values are in the fields, the saved ones below them. Save to keep yours, or{' '}
              <a href={`${at}/settings`}>take the saved ones</a>.
            </Notice>
          )}
          <form method="post" action={`${at}/settings`} class="stack" x-data="unsaved">
            <input type="hidden" name="version" value={String(props.version)} />
            <SettingsFields {...props} />
            <div class="actions">
              <Button kind="primary">Save settings</Button>
              <span class="hint">Saved settings apply with the next deployment.</span>
            </div>
          </form>
          <Card title="Delete this service" danger>
            <div class="row between wrap">
              <p class="sm dim">Stops it and deletes its deployments, variables and repository.</p>
              <ButtonLink href={`${at}/deletion`} kind="danger" icon="trash">
                Delete service
              </ButtonLink>
            </div>
          </Card>
        </div>
      </div>
    </Page>
  )
}

function SettingsFields(props: SettingsPageProps) {
  const field = (name: string, key: keyof SettingsText) => ({
    name,
    value: props.text[key],
    problem: problemOf(props.problems, name),
    ...(props.saved && props.saved[key] !== props.text[key] ? { saved: props.saved[key] } : {}),
  })
  return (
    <>
      <Group title="Source" id="source">
        <Setting
          {...field('root_directory', 'rootDirectory')}
          label="Root directory"
          hint="Folder of the repository that is built. Empty: the repository itself"
          mono
        />
        <Setting
          {...field('start_command', 'startCommand')}
          label="Start command"
          hint="Empty: as the Dockerfile or the language says"
          mono
        />
      </Group>
      <Group title="Health" id="health">
        <Setting
          {...field('port', 'port')}
          label="Port"
          hint="Empty: the PORT variable, else the image’s port, else 3000"
          inputmode="numeric"
        />
        <Setting
          {...field('health_path', 'healthPath')}
          label="Health path"
          hint="Must answer 200–299. Empty: the port must accept connections"
          mono
        />
        <Setting
          {...field('health_timeout', 'healthTimeout')}
          label="Health timeout in seconds"
          hint="How long a start may take. Empty: 60"
          inputmode="numeric"
        />
      </Group>
      <Group title="Resources" id="resources">
        <Setting {...field('replicas', 'replicas')} label="Replicas" hint="0 to 20. Empty: 1" inputmode="numeric" />
        <Setting {...field('memory', 'memory')} label="Memory per replica" hint="Such as 512m or 1g. Empty: 512m" />
        <Setting
          {...field('cpu', 'cpu')}
          label="CPU per replica in cores"
          hint="Such as 0.5. Empty: 1"
          inputmode="decimal"
        />
      </Group>
    </>
  )
}

function Group({ title, id, children }: PropsWithChildren<{ title: string; id: string }>) {
  return (
    <fieldset class="card" id={id}>
      <legend class="sr">{title}</legend>
      <header>
        <h2>{title}</h2>
      </header>
      <div class="body two">{children}</div>
    </fieldset>
  )
}

function Setting({ saved, ...field }: Omit<FieldProps, 'optional'> & { saved?: string }) {
  return (
    <div>
      <Field {...field} optional />
      {saved === undefined ? null : (
        <p class="hint">
          Saved meanwhile: <code>{saved === '' ? 'empty' : saved}</code>
        </p>
      )}
    </div>
  )
}
