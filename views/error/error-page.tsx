import { Page, type PageProps } from '../layout/page.tsx'
import { ButtonLink } from '../parts/button.tsx'
import { paths } from '../paths.ts'

export interface ErrorPageProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  status: number
  message: string
  hint: string | undefined
  requestId: string
}

const titles: Record<number, string> = {
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'That does not go together',
  413: 'Too large',
  422: 'There is a problem',
  429: 'Too many tries',
  503: 'Not now',
}

/** What happened, what to do, and the number to find it in the log. Works signed out too. */
export function ErrorPage(props: ErrorPageProps) {
  const title = titles[props.status] ?? 'Something went wrong'
  return (
    <Page {...props} title={title} width="narrow">
      <div class="card">
        <div class="body stack">
          <div>
            <p class="xs dim num">{props.status}</p>
            <h1>{title}</h1>
          </div>
          <p>{sentence(props.message)}</p>
          {props.hint === undefined || props.hint === '' ? null : <p class="dim">{sentence(props.hint)}</p>}
          <p class="hint">
            Request <code class="break">{props.requestId}</code>
          </p>
          <div class="actions">
            <ButtonLink href={paths.projects}>All projects</ButtonLink>
          </div>
        </div>
      </div>
    </Page>
  )
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
