import type { ServiceSummary } from '../../src/core/service/service.ts'
import { StateStream } from '../layout/live.tsx'
import { Page, type PageProps } from '../layout/page.tsx'
import { Button, ButtonLink } from '../parts/button.tsx'
import { ErrorSummary, Field, type FieldProblem } from '../parts/field.tsx'
import { paths } from '../paths.ts'
import { ServiceHeader, serviceCrumbs } from '../service/header.tsx'

export interface EnvEditorProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  summary: ServiceSummary
  text: string
  problems: FieldProblem[]
}

/** The whole set as one text. Saving makes the text the set: what is not in it is removed. */
export function EnvEditorPage(props: EnvEditorProps) {
  const { summary, problems } = props
  const { service } = summary
  const at = paths.service(service)
  return (
    <Page
      {...props}
      title={`${problems.length > 0 ? 'Error: ' : ''}Variables as .env: ${service.slug}`}
      crumbs={serviceCrumbs(summary)}
      width="service"
      scripts={['editor.js']}
    >
      <ServiceHeader summary={summary} current="Variables" />
      <StateStream at={service} />
      <div class="panes one">
        <form method="post" action={`${at}/variables`} class="stack" x-data="unsaved">
          <ErrorSummary problems={problems} />
          <Field
            name="env_text"
            label="Variables as .env text"
            hint={
              <>
                One NAME=value a line. Quotes keep blanks, # and several lines. The text is the whole set: what is not
                in it is removed
              </>
            }
            value={props.text}
            problem={problems.map(({ message }) => message).join('\n') || undefined}
            rows={Math.min(30, Math.max(12, props.text.split('\n').length + 1))}
            mono
          />
          <div class="actions">
            <ButtonLink href={`${at}/variables`}>Cancel</ButtonLink>
            <Button kind="primary">Save all variables</Button>
          </div>
        </form>
      </div>
    </Page>
  )
}
