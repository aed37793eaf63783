import type { Token } from '../../src/core/account/token.ts'
import { Page, type PageProps } from '../layout/page.tsx'
import { ActButton, Button } from '../parts/button.tsx'
import { Card } from '../parts/card.tsx'
import { CopyLine } from '../parts/copy.tsx'
import { ErrorSummary, Field, type FieldProblem, problemOf } from '../parts/field.tsx'
import { Notice } from '../parts/notice.tsx'
import { Ago } from '../parts/time.tsx'
import { paths } from '../paths.ts'

export interface TokensProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  tokens: Token[]
  /** Only in the answer to its creation. */
  created: { name: string; token: string } | undefined
  name: string
  problems: FieldProblem[]
  now: number
}

export function TokensPage(props: TokensProps) {
  const isError = props.problems.length > 0
  return (
    <Page
      {...props}
      title={isError ? 'Error: API tokens' : 'API tokens'}
      crumbs={[{ label: 'API tokens' }]}
      width="narrow"
    >
      <div class="stack">
        <div>
          <h1>API tokens</h1>
          <p class="dim">A token is the password of git push and of scripts. It can do everything that you can.</p>
        </div>
        <ErrorSummary problems={props.problems} />
        {props.created === undefined ? null : <NewToken {...props.created} />}
        <Card title="Create a token">
          <form method="post" action={paths.tokens} class="stack">
            <Field
              name="name"
              label="Name"
              hint="The machine or the job that will use it, such as laptop"
              value={props.name}
              problem={problemOf(props.problems, 'name')}
              maxlength={60}
            />
            <div class="actions">
              <Button kind="primary">Create token</Button>
            </div>
          </form>
        </Card>
        {props.tokens.length === 0 ? null : <TokenTable tokens={props.tokens} now={props.now} />}
      </div>
    </Page>
  )
}

function NewToken({ name, token }: { name: string; token: string }) {
  return (
    <Notice tone="ok" isNew>
      <div class="stack tight">
        <p>
          <b>Copy the token {name} now.</b> It is shown only once; Handcar keeps only a hash of it.
        </p>
        <CopyLine text={token} label={`Copy the token ${name}`} />
      </div>
    </Notice>
  )
}

/** Two presses, with or without scripts: whatever uses the token stops working. */
function DeleteToken({ token }: { token: Token }) {
  return (
    <details class="sure">
      <summary class="btn danger xs" aria-label={`Delete the token ${token.name}`}>
        Delete
      </summary>
      <ActButton
        action={`${paths.tokens}/${token.id}/deletion`}
        kind="danger-solid"
        size="xs"
        label={`Delete for good: the token ${token.name}`}
      >
        Delete for good
      </ActButton>
    </details>
  )
}

function Never() {
  return (
    <>
      <span class="only-s">never</span>
      <span class="hide-s">Never</span>
    </>
  )
}

function TokenTable({ tokens, now }: { tokens: Token[]; now: number }) {
  return (
    <Card title="Your tokens">
      <table class="table blocks">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Created</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr>
              <td class="break">{token.name}</td>
              <td>
                <span class="only-s">Created </span>
                <Ago at={token.createdAt} now={now} />
              </td>
              <td>
                <span class="only-s">Last used </span>
                {token.lastUsedAt === undefined ? <Never /> : <Ago at={token.lastUsedAt} now={now} />}
              </td>
              <td class="end">
                <DeleteToken token={token} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
