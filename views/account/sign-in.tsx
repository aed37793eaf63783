import { ids } from '../ids.ts'
import { Page } from '../layout/page.tsx'
import { Button } from '../parts/button.tsx'
import { ErrorSummary, Field, type FieldProblem } from '../parts/field.tsx'
import { Logo } from '../parts/icon.tsx'
import type { SetupParts } from '../setup/frame.tsx'
import { PasswordField } from './password-field.tsx'

export interface SignInProps extends SetupParts {
  email: string
  problems: FieldProblem[]
}

export function SignIn(props: SignInProps) {
  const isError = props.problems.length > 0
  return (
    <Page title={isError ? 'Error: Sign in' : 'Sign in'} assets={props.assets} scripts={['editor.js']} bare>
      {props.banner === undefined ? null : <div class="strip plain">{props.banner}</div>}
      <div class="first one">
        <header class="logo lg">
          <Logo size={32} />
          Handcar
        </header>
        <main id={ids.main}>
          <div class="card stack">
            <h1>Sign in</h1>
            <ErrorSummary problems={props.problems} />
            <form method="post" action="/login" class="stack" novalidate>
              <Field name="email" label="Email" type="email" autocomplete="username" value={props.email} />
              <PasswordField autocomplete="current-password" />
              <div class="actions">
                <Button kind="primary" size="lg">
                  Sign in
                </Button>
              </div>
            </form>
            <p class="hint">
              Password lost? <code>handcar reset-password EMAIL</code> on the server sets a new one.
            </p>
          </div>
        </main>
      </div>
    </Page>
  )
}
