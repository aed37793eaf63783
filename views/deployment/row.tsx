import type { Child } from 'hono/jsx'
import type { Deployment, DeploymentAction } from '../../src/core/deployment/deployment.ts'
import { clock, duration, shortSha } from '../format.ts'
import { ids } from '../ids.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ActButton, ButtonLink } from '../parts/button.tsx'
import { Badge } from '../parts/state.tsx'
import { Ago } from '../parts/time.tsx'
import { paths, type ServiceAddress } from '../paths.ts'
import { isCrashed, wordOf } from '../words.ts'

/** A deployment with what may be done with it now. */
export interface DeploymentItem {
  deployment: Deployment
  actions: DeploymentAction[]
}

/** Which part of all deployments a list shows. */
export interface Listed {
  /** Deployments that there were so far. */
  total: number
  /** All of them were asked for, a page at a time; else the newest. */
  isAll: boolean
  /** Number below which the older ones begin; undefined when the list ends with the first. */
  olderThan: number | undefined
}

export interface DeploymentListProps {
  at: ServiceAddress
  /** Newest first. */
  items: DeploymentItem[]
  listed: Listed
  selected: number | undefined
  now: number
}

/** Live: what is on its way, what serves, and what was. */
export function DeploymentList(props: DeploymentListProps) {
  const isEnded = ({ deployment }: DeploymentItem) => deployment.endedAt !== undefined
  const serving = props.items.filter(({ deployment }) => deployment.state === 'live')
  const open = props.items.filter((item) => item.deployment.state !== 'live' && !isEnded(item))
  return (
    <section class="list" aria-label="Deployments" id={ids.deploymentList}>
      <Rows {...props} title="In progress" rows={open} />
      <Rows
        {...props}
        title={serving.some(({ deployment }) => isCrashed(deployment)) ? 'Current' : 'Serving traffic'}
        rows={serving}
      />
      <Rows {...props} title="History" rows={props.items.filter(isEnded)} aside={<OtherPart {...props} />} />
      {props.listed.isAll && props.listed.olderThan !== undefined ? (
        <ButtonLink href={`${paths.service(props.at)}?all=1&before=${props.listed.olderThan}`} icon="down">
          Older deployments
        </ButtonLink>
      ) : null}
    </section>
  )
}

function OtherPart({ at, listed }: DeploymentListProps) {
  const address = paths.service(at)
  if (listed.isAll) return <a href={address}>Newest only</a>
  return listed.olderThan === undefined ? null : <a href={`${address}?all=1`}>All {listed.total}</a>
}

function Rows(props: DeploymentListProps & { title: string; rows: DeploymentItem[]; aside?: Child }) {
  if (props.rows.length === 0) return null
  return (
    <>
      <h2 class="lbl">
        {props.title}
        {props.aside}
      </h2>
      <ul>
        {props.rows.map((item) => (
          <DeploymentRow
            at={props.at}
            item={item}
            isSelected={item.deployment.number === props.selected}
            now={props.now}
          />
        ))}
      </ul>
    </>
  )
}

interface RowProps {
  at: ServiceAddress
  item: DeploymentItem
  isSelected: boolean
  now: number
}

export function DeploymentRow({ at, item, isSelected, now }: RowProps) {
  const { deployment, actions } = item
  const address = paths.deployment(at, deployment.number)
  return (
    <li class={isSelected ? 'dep on' : 'dep'} id={ids.deployment(deployment.number)}>
      <a href={address} aria-current={isSelected ? 'true' : undefined}>
        <span class="row between">
          <span class="row">
            <Badge state={wordOf(deployment)} />
            <span class="mono dim xs">#{deployment.number}</span>
          </span>
          <span class="xs dim">
            <Ago at={deployment.createdAt} now={now} />
          </span>
        </span>
        <bdi class="subject cut" title={subjectOf(deployment)}>
          {subjectOf(deployment)}
        </bdi>
        <span class="row xs dim facts-line">
          <Avatar name={personOf(deployment)} small />
          <span class="mono">{shortSha(deployment.commitSha)}</span>
          <span>·</span>
          <span class="cut">{deployment.trigger === 'push' ? deployment.branch : deployment.trigger}</span>
          <span>·</span>
          <Took deployment={deployment} now={now} />
        </span>
      </a>
      {actions.includes('rollback') ? (
        <span class="act">
          <ActButton action={`${address}/rollback`} size="xs" icon="back" label={`Roll back to #${deployment.number}`}>
            Roll back
          </ActButton>
        </span>
      ) : null}
    </li>
  )
}

/** From the request to live, or to the end if it never was. */
function Took({ deployment, now }: { deployment: Deployment; now: number }) {
  const until = deployment.liveAt ?? deployment.endedAt
  if (until !== undefined) return <span class="num">{duration(until - deployment.createdAt)}</span>
  return (
    <span class="num">
      <span data-clock={deployment.createdAt}>{clock(now - deployment.createdAt)}</span> so far
    </span>
  )
}

/** Who wrote what was pushed; else who asked for it. */
export function personOf({ trigger, commitAuthor, actor }: Deployment): string {
  return trigger === 'push' && commitAuthor !== '' ? commitAuthor : actor
}

export function subjectOf(deployment: Deployment): string {
  return deployment.commitSubject.trim() || `Commit ${shortSha(deployment.commitSha)}`
}
