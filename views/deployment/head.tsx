import type { Child } from 'hono/jsx'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { shortSha } from '../format.ts'
import { ids } from '../ids.ts'
import { ActButton, type ButtonKind } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy.tsx'
import { paths, type ServiceAddress } from '../paths.ts'
import type { Selected, ServiceView } from '../service/view.ts'
import { hasTrouble, triggerWords } from '../words.ts'
import { personOf, subjectOf } from './row.tsx'

type HeadProps = ServiceView & { selected: Selected }

/** Live: what the selected deployment is, and what may be done with it. */
export function DeploymentHead(props: HeadProps) {
  const { deployment } = props.selected.item
  const serving = props.summary.live?.number
  const isOpen = deployment.endedAt === undefined && deployment.state !== 'live'
  return (
    <div class="about" id={ids.deploymentHead}>
      <div class="grow">
        <h2>
          <bdi>{subjectOf(deployment)}</bdi>
        </h2>
        <DeploymentLine deployment={deployment} />
      </div>
      <div class="row wrap">
        {isOpen && serving !== undefined ? (
          <span class="sm dim hide-s">{`#${serving} keeps serving until #${deployment.number} is healthy`}</span>
        ) : null}
        <DeploymentActions {...props} kind={props.actions.includes('open') ? 'plain' : 'primary'} />
      </div>
    </div>
  )
}

/** `kind`: of the button that tries again, which is the first thing to press unless the page has another. */
export function DeploymentActions({ summary, selected, actions, kind }: HeadProps & { kind: ButtonKind }) {
  const { item, report } = selected
  const at = summary.service
  const address = paths.deployment(at, item.deployment.number)
  return (
    <>
      {report === undefined ? null : <CopyButton text={report} label="Copy error report" words="Copy error report" />}
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
      {hasTrouble(item.deployment) && summary.latest?.id === item.deployment.id ? (
        <TryAgain deployment={item.deployment} at={at} canRedeploy={actions.includes('redeploy')} kind={kind} />
      ) : null}
    </>
  )
}

interface TryAgainProps {
  deployment: Deployment
  at: ServiceAddress
  canRedeploy: boolean
  kind: ButtonKind
}

/** Of the newest deployment, which is the one that both acts take: its image if there is one, else its commit. */
function TryAgain({ deployment, at, canRedeploy, kind }: TryAgainProps) {
  const hasImage = deployment.imageId !== undefined && canRedeploy
  const [verb, words] = hasImage ? ['redeploy', 'Redeploy'] : ['rebuild', 'Rebuild']
  return (
    <ActButton action={`${paths.service(at)}/${verb}`} kind={kind} icon="restart">
      {words}
    </ActButton>
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
