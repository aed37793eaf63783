import { PasswordField } from '../account/password-field.tsx'
import { Button, ButtonLink } from '../parts/button.tsx'
import { ErrorSummary, Field, type FieldProblem, problemOf } from '../parts/field.tsx'
import { SetupFrame, type SetupParts } from './frame.tsx'

export interface TokenStepProps extends SetupParts {
  token: string
  problems: FieldProblem[]
}

export function TokenStep(props: TokenStepProps) {
  return (
    <SetupFrame {...props} step={1} title="Confirm it is you" isError={props.problems.length > 0}>
      <ErrorSummary problems={props.problems} />
      <p class="dim">
        The installer printed a setup token. Whoever has it becomes the owner of this server; it works once, for 60
        minutes.
      </p>
      <form method="post" action="/setup/token" class="stack" data-setup-token>
        <Field
          name="token"
          label="Setup token"
          hint={
            <>
              <code>handcar setup-token</code> on the server prints a new one
            </>
          }
          value={props.token}
          problem={problemOf(props.problems, 'token')}
          mono
        />
        <div class="actions">
          <Button kind="primary" size="lg">
            Continue
          </Button>
        </div>
      </form>
    </SetupFrame>
  )
}

export interface OwnerStepProps extends SetupParts {
  email: string
  problems: FieldProblem[]
}

export function OwnerStep(props: OwnerStepProps) {
  return (
    <SetupFrame {...props} step={2} title="Create the owner account" isError={props.problems.length > 0}>
      <ErrorSummary problems={props.problems} />
      <p class="dim">The owner can do everything on this server.</p>
      <form method="post" action="/setup/owner" class="stack" novalidate>
        <Field
          name="email"
          label="Email"
          type="email"
          autocomplete="username"
          value={props.email}
          problem={problemOf(props.problems, 'email')}
        />
        <PasswordField
          autocomplete="new-password"
          hint="At least 12 characters. Four random words are easy to remember and hard to guess"
          problem={problemOf(props.problems, 'password')}
        />
        <div class="actions">
          <Button kind="primary" size="lg">
            Create account
          </Button>
        </div>
      </form>
    </SetupFrame>
  )
}

export interface AddressStepProps extends SetupParts {
  panelHost: string
  appsHost: string
  /** Used for whatever is left empty. */
  temporary: { panelUrl: string; appsHost: string }
  /** IPv4 of the server for the DNS records; undefined while only loopback is known. */
  serverAddress: string | undefined
  problems: FieldProblem[]
}

export function AddressStep(props: AddressStepProps) {
  return (
    <SetupFrame {...props} step={3} title="Choose an address" isError={props.problems.length > 0}>
      <ErrorSummary problems={props.problems} />
      <p class="dim">
        Leave both empty to begin without a domain: apps get names such as{' '}
        <code class="break">web-shop.{props.temporary.appsHost}</code>.
      </p>
      <form method="post" action="/setup/address" class="stack">
        <div class="two">
          <Field
            name="panel_host"
            label="Dashboard"
            optional
            hint="Such as handcar.example.com"
            value={props.panelHost}
            problem={problemOf(props.problems, 'panel_host')}
            inputmode="url"
            mono
          />
          <Field
            name="apps_host"
            label="Apps"
            optional
            hint="Such as *.apps.example.com"
            value={props.appsHost}
            problem={problemOf(props.problems, 'apps_host')}
            inputmode="url"
            mono
          />
        </div>
        {props.serverAddress === undefined ? null : <Records address={props.serverAddress} />}
        <p class="hint">
          Until the name of the dashboard leads here, it goes on answering at {props.temporary.panelUrl}. Both names can
          be changed later with <code>handcar set-address</code> on the server.
        </p>
        <div class="actions">
          <Button kind="primary" size="lg">
            Continue
          </Button>
        </div>
      </form>
    </SetupFrame>
  )
}

function Records({ address }: { address: string }) {
  return (
    <div>
      <p class="label">With a domain, add these records at your DNS provider</p>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {['The name of the dashboard', 'The name for apps, with *. before it'].map((name) => (
            <tr>
              <td>
                <span class="chip mono">A</span>
              </td>
              <td>{name}</td>
              <td class="mono">{address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function FirstStep(props: SetupParts) {
  return (
    <SetupFrame {...props} step={4} title="Ship something">
      <p class="dim">
        A service is one app. Name it, then push your code to it with git: a Dockerfile in the repository is used; Node
        apps and static folders need none.
      </p>
      <form method="post" action="/new" class="stack">
        <div class="two">
          <Field name="project" label="Project" hint="Such as shop" value="" mono />
          <Field name="service" label="Service" hint="Such as web" value="" mono />
        </div>
        <div class="actions">
          <Button kind="primary" size="lg">
            Create service
          </Button>
          <ButtonLink href="/projects" kind="ghost" size="lg">
            Do this later
          </ButtonLink>
        </div>
      </form>
    </SetupFrame>
  )
}
