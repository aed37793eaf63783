import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { duration } from '../format.ts'
import { ids } from '../ids.ts'
import { LiveStream } from '../layout/live.tsx'
import { type Frame, Page } from '../layout/page.tsx'
import { DeploymentLog, type ShownLog } from '../log/viewer.tsx'
import { Icon } from '../parts/icon.tsx'
import { Badge } from '../parts/state.tsx'
import { Ago } from '../parts/time.tsx'
import type { ServiceAddress } from '../paths.ts'
import { serviceCrumbs } from '../service/header.tsx'
import { DeploymentState } from '../service/page.tsx'
import type { Selected, ServiceView } from '../service/view.ts'
import { failedWord, isCrashed, wordOf } from '../words.ts'
import { DeploymentActions, DeploymentLine } from './head.tsx'
import { subjectOf } from './row.tsx'

export interface DeploymentPageProps extends ServiceView, Frame {
  selected: Selected
  log: ShownLog
  events: string
  refreshSeconds: number | undefined
}

/** Of the browser's tab. */
export function deploymentTitle({ slug }: ServiceAddress, deployment: Deployment): string {
  return `${wordOf(deployment).word}: ${slug} #${deployment.number}`
}

/** One deployment: what it is, how it went or why it failed, and its log. */
export function DeploymentPage(props: DeploymentPageProps) {
  const { deployment } = props.selected.item
  const { service } = props.summary
  return (
    <Page
      title={deploymentTitle(service, deployment)}
      assets={props.assets}
      actor={props.actor}
      crumbs={serviceCrumbs(props.summary, `#${deployment.number}`)}
      banner={props.banner}
      flash={props.flash}
      width="mid"
      refreshSeconds={props.refreshSeconds}
    >
      <LiveStream address={props.events} refreshSeconds={props.refreshSeconds} />
      <div class="col">
        <DeploymentTitle {...props} />
        <DeploymentState {...props} />
        <DeploymentLog log={props.log} />
      </div>
    </Page>
  )
}

/** Live: title, badge and buttons. */
export function DeploymentTitle(props: ServiceView & { selected: Selected }) {
  const { item } = props.selected
  const { deployment } = item
  const hasFailed = deployment.state === 'failed'
  const isWrong = hasFailed || isCrashed(deployment)
  return (
    <div class="about" id={ids.deploymentHead}>
      <div class="row grow title">
        <span class={`tile lg ${isWrong ? 'red' : deployment.endedAt === undefined ? 'green' : ''}`}>
          <Icon name={isWrong ? 'warn' : 'box'} />
        </span>
        <div class="grow">
          <div class="row wrap">
            <h1>
              <bdi>{subjectOf(deployment)}</bdi>
            </h1>
            <Badge
              state={wordOf(deployment)}
              word={hasFailed ? failedWord(deployment.code) : wordOf(deployment).word}
            />
          </div>
          <DeploymentLine deployment={deployment} rest={<When deployment={deployment} now={props.now} />} />
        </div>
      </div>
      <div class="row wrap">
        <DeploymentActions {...props} kind="primary" />
      </div>
    </div>
  )
}

function When({ deployment, now }: { deployment: Deployment; now: number }) {
  const { createdAt, endedAt, liveAt } = deployment
  return (
    <>
      {' · '}
      <Ago at={createdAt} now={now} />
      {endedAt !== undefined && liveAt === undefined ? ` · stopped after ${duration(endedAt - createdAt)}` : null}
    </>
  )
}
