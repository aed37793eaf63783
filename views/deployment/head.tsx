import type { Child } from 'hono/jsx'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { shortSha } from '../format.ts'
import { ids } from '../ids.ts'
import { ActButton } from '../parts/button.tsx'
import { paths, type ServiceAddress } from '../paths.ts'
import { triggerWords } from '../words.ts'
import { type DeploymentItem, personOf, subjectOf } from './row.tsx'

interface HeadProps {
  at: ServiceAddress
  item: DeploymentItem
  /** Deployment that serves until this one does. */
  serving: number | undefined
}

/** Live: what the selected deployment is, and what may be done with it. */
export function DeploymentHead({ at, item, serving }: HeadProps) {
  const { deployment } = item
  const isOpen = deployment.endedAt === undefined && deployment.state !== 'live'
  return (
    <div class="about" id={ids.deploymentHead}>
      <div class="grow">
        <h2>
          <bdi>{subjectOf(deployment)}</bdi>
        </h2>
        <DeploymentLine deployment={deployment} />
      </div>
      <div class="row">
        {isOpen && serving !== undefined ? (
          <span class="sm dim hide-s">{`#${serving} keeps serving until #${deployment.number} is healthy`}</span>
        ) : null}
        <DeploymentActions at={at} item={item} />
      </div>
    </div>
  )
}

export function DeploymentActions({ at, item }: { at: ServiceAddress; item: DeploymentItem }) {
  const address = paths.deployment(at, item.deployment.number)
  return (
    <>
      {item.actions.includes('cancel') ? (
        <ActButton action={`${address}/cancellation`} kind="danger">
          Cancel
        </ActButton>
      ) : null}
      {item.actions.includes('rollback') ? (
        <ActButton action={`${address}/rollback`} icon="back">
          Roll back
        </ActButton>
      ) : null}
    </>
  )
}

/** "8f3c2d1 pushed to main by Jonas Thiel · deployment #42". */
export function DeploymentLine({ deployment, rest }: { deployment: Deployment; rest?: Child }) {
  const sha = <span class="mono">{shortSha(deployment.commitSha)}</span>
  const isPush = deployment.trigger === 'push'
  return (
    <p class="sm dim break">
      {deployment.trigger === 'rollback' ? (
        <>rolled back to {sha}</>
      ) : (
        <>
          {sha} {triggerWords[deployment.trigger]}
        </>
      )}
      {isPush && deployment.branch !== '' ? (
        <>
          {' '}
          to <span class="mono">{deployment.branch}</span>
        </>
      ) : null}
      {' by '}
      <bdi>{personOf(deployment)}</bdi>
      {rest ?? ` · deployment #${deployment.number}`}
    </p>
  )
}
