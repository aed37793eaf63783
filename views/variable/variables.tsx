import type { ServiceSummary } from '../../src/core/service/service.ts'
import type { Pending } from '../../src/core/variable/pending.ts'
import { plural } from '../format.ts'
import { StateStream } from '../layout/live.tsx'
import { Page, type PageProps } from '../layout/page.tsx'
import { ActButton, Button, ButtonLink } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { ErrorSummary, Field, type FieldProblem, problemOf } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty } from '../parts/notice.tsx'
import { paths } from '../paths.ts'
import { ServiceHeader, serviceCrumbs } from '../service/header.tsx'

export interface VariableItem {
  name: string
  /** Undefined while it is not revealed. */
  value: string | undefined
  /** Saved, but not in what serves now. Removed ones are listed by it. */
  pending: Pending | undefined
}

export interface VariablesPageProps extends Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'> {
  summary: ServiceSummary
  items: VariableItem[]
  typed: { name: string; value: string }
  problems: FieldProblem[]
  canRedeploy: boolean
}

export function VariablesPage(props: VariablesPageProps) {
  const { summary, items, problems } = props
  const { service } = summary
  const at = paths.service(service)
  const pending = items.filter((item) => item.pending !== undefined)
  return (
    <Page
      {...props}
      title={`${problems.length > 0 ? 'Error: ' : ''}Variables: ${service.slug}`}
      crumbs={serviceCrumbs(summary)}
      width="service"
    >
      <ServiceHeader summary={summary} current="Variables" />
      <StateStream at={service} />
      <div class="panes one">
        <div class="split">
          <section class="card" aria-labelledby="variables">
            <VariablesHead at={at} items={items} />
            {items.length === 0 ? <NoVariables /> : <VariableTable at={at} items={items} />}
            <footer>
              <Icon name="shield" small />
              Encrypted at rest with AES-256-GCM. Every reveal is recorded.
            </footer>
          </section>
          <div class="stack">
            {pending.length === 0 ? null : <PendingChanges at={at} pending={pending} canRedeploy={props.canRedeploy} />}
            <AddVariable at={at} {...props} />
          </div>
        </div>
      </div>
    </Page>
  )
}

function VariablesHead({ at, items }: { at: string; items: VariableItem[] }) {
  const isAllShown = items.every(({ value, pending }) => value !== undefined || pending === 'removed')
  return (
    <header class="wrap">
      <h2 class="grow" id="variables">
        {plural(items.filter(({ pending }) => pending !== 'removed').length, 'variable')}
      </h2>
      {items.length === 0 ? null : (
        <ButtonLink href={isAllShown ? `${at}/variables` : `${at}/variables?reveal_all=1`} kind="ghost" icon="eye">
          {isAllShown ? 'Hide all' : 'Reveal all'}
        </ButtonLink>
      )}
      <ButtonLink href={`${at}/variables?edit=env`} icon="list">
        Edit as .env
      </ButtonLink>
    </header>
  )
}

function VariableTable({ at, items }: { at: string; items: VariableItem[] }) {
  return (
    <table class="table blocks variables">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
          <th scope="col">
            <span class="sr">Change</span>
          </th>
          <th scope="col">
            <span class="sr">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <VariableRow at={at} item={item} />
        ))}
      </tbody>
    </table>
  )
}

const pendingWords: Record<Pending, string> = { new: 'New', changed: 'Changed', removed: 'Removed' }

function VariableRow({ at, item }: { at: string; item: VariableItem }) {
  const { name, value, pending } = item
  return (
    <tr class={pending === undefined ? undefined : pending === 'removed' ? 'is-removed' : 'is-new'}>
      <td class="mono break">{pending === 'removed' ? <s>{name}</s> : name}</td>
      <td>
        <div class="value">{value === undefined ? <Masked /> : <Shown value={value} />}</div>
      </td>
      <td>{pending === undefined ? null : <span class="badge staged">{pendingWords[pending]}</span>}</td>
      <td>{pending === 'removed' ? null : <RowActions at={at} item={item} />}</td>
    </tr>
  )
}

function Masked() {
  return (
    <span class="dim">
      <span aria-hidden="true">••••••••</span>
      <span class="sr">Hidden</span>
    </span>
  )
}

function Shown({ value }: { value: string }) {
  if (value === '') return <span class="dim">Empty</span>
  const mayScroll = value.includes('\n') || value.length > 100
  return <code tabindex={mayScroll ? 0 : undefined}>{value}</code>
}

function RowActions({ at, item: { name, value } }: { at: string; item: VariableItem }) {
  return (
    <div class="row end">
      {value === undefined ? (
        <ButtonLink
          href={`${at}/variables?reveal=${encodeURIComponent(name)}`}
          kind="ghost"
          size="xs"
          icon="eye"
          label={`Reveal ${name}`}
        />
      ) : (
        <CopyButton text={value} label={`Copy ${name}`} />
      )}
      <ActButton
        action={`${at}/variables/${encodeURIComponent(name)}/deletion`}
        kind="ghost"
        size="xs"
        icon="trash"
        label={`Remove ${name}`}
      />
    </div>
  )
}

function NoVariables() {
  return (
    <div class="body">
      <Empty icon="key" title="No variables yet">
        <p class="sm">Passwords, addresses and switches that the app reads from its environment.</p>
      </Empty>
    </div>
  )
}

function PendingChanges({ at, pending, canRedeploy }: { at: string; pending: VariableItem[]; canRedeploy: boolean }) {
  const count = plural(pending.length, 'change')
  return (
    <section class="card staged" aria-labelledby="pending">
      <header>
        <span class="dot staged ring" />
        <h2 class="sm" id="pending">
          {count} to deploy
        </h2>
      </header>
      <div class="body stack">
        <ul class="sm">
          {pending.map(({ name, pending: kind }) => (
            <li class="row between">
              <code class="break">{name}</code>
              <span class="dim">{kind === undefined ? '' : pendingWords[kind].toLowerCase()}</span>
            </li>
          ))}
        </ul>
        <p class="sm dim">
          The app that serves now does not see them yet. A redeploy starts it anew with them; visitors notice nothing.
        </p>
        {canRedeploy ? (
          <ActButton action={`${at}/redeploy`} kind="staged">
            Deploy {count}
          </ActButton>
        ) : null}
      </div>
    </section>
  )
}

function AddVariable({ at, typed, problems }: VariablesPageProps & { at: string }) {
  return (
    <section class="card" aria-labelledby="add">
      <header>
        <h2 class="sm" id="add">
          Add or replace a variable
        </h2>
      </header>
      <form method="post" action={`${at}/variables`} class="body stack">
        <ErrorSummary problems={problems} />
        <Field name="name" label="Name" value={typed.name} problem={problemOf(problems, 'name')} maxlength={200} mono />
        <Field
          name="value"
          label="Value"
          hint="May have several lines"
          value={typed.value}
          problem={problemOf(problems, 'value')}
          rows={3}
          mono
        />
        <div class="actions">
          <Button kind="primary" icon="plus">
            Save variable
          </Button>
        </div>
      </form>
    </section>
  )
}
