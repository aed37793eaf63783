import type { ServiceSummary } from '../../src/core/service/service.ts'
import { Diagnosis, KeptServing } from '../deployment/diagnosis.tsx'
import { DeploymentHead } from '../deployment/head.tsx'
import { Pipeline } from '../deployment/pipeline.tsx'
import { DeploymentList } from '../deployment/row.tsx'
import { hostOf } from '../format.ts'
import { ids } from '../ids.ts'
import { LiveStream } from '../layout/live.tsx'
import { type Frame, Page } from '../layout/page.tsx'
import { DeploymentLog, type ShownLog } from '../log/viewer.tsx'
import { Notice } from '../parts/notice.tsx'
import { deploymentWords, isCrashed } from '../words.ts'
import { ServiceActions } from './actions.tsx'
import { ServiceHeader, serviceCrumbs } from './header.tsx'
import { NeverDeployed, type PushTo } from './never-deployed.tsx'
import type { Selected, ServiceView } from './view.ts'

export interface ServicePageProps extends ServiceView, Frame {
  log: ShownLog | undefined
  pushTo: PushTo
  /** Address of the stream of this page. */
  events: string
  refreshSeconds: number | undefined
}

export function ServicePage(props: ServicePageProps) {
  const { summary, selected } = props
  const { service } = summary
  return (
    <Page
      title={serviceTitle(summary)}
      assets={props.assets}
      actor={props.actor}
      crumbs={serviceCrumbs(summary)}
      banner={props.banner}
      flash={props.flash}
      width="service"
      refreshSeconds={props.refreshSeconds}
    >
      <ServiceHeader
        summary={summary}
        current="Deployments"
        actions={<ServiceActions at={service} url={summary.url} actions={props.actions} />}
      />
      <LiveStream address={props.events} refreshSeconds={props.refreshSeconds} />
      {selected === undefined ? (
        <div class="panes one" id={ids.panes}>
          <NeverDeployed service={service} pushTo={props.pushTo} />
        </div>
      ) : (
        <ServicePanes {...props} selected={selected} />
      )}
    </Page>
  )
}

/** Swapped as a whole only when another deployment becomes the selected one; else its parts are live by themselves. */
export function ServicePanes(props: ServiceView & { selected: Selected; log: ShownLog | undefined }) {
  const { service } = props.summary
  const { item } = props.selected
  return (
    <div class="panes" id={ids.panes}>
      <DeploymentList {...props} at={service} selected={item.deployment.number} />
      <section class="col" aria-label={`Deployment ${item.deployment.number}`}>
        <DeploymentHead {...props} />
        <DeploymentState {...props} />
        {props.log === undefined ? null : <DeploymentLog log={props.log} />}
        <FilesAreLost />
      </section>
    </div>
  )
}

/** Live: the stages while it goes, the cause once it failed. */
export function DeploymentState({ selected, summary, now }: ServiceView & { selected: Selected }) {
  const { cause, kept, stages } = selected
  if (cause === undefined) {
    return (
      <div class="col" id={ids.deploymentState}>
        <Pipeline stages={stages} now={now} />
      </div>
    )
  }
  return (
    <div class="col" id={ids.deploymentState}>
      {isCrashed(selected.item.deployment) ? null : (
        <KeptServing at={summary.service} host={hostOf(summary.url)} kept={kept} />
      )}
      <Diagnosis cause={cause} />
    </div>
  )
}

/** True until volumes exist; people lose data where nobody says it. */
export function FilesAreLost() {
  return (
    <Notice tone="warn">
      <b>Files that the app writes are lost at each deploy and restart.</b>
      {' Keep what must last in a database or an object store elsewhere.'}
    </Notice>
  )
}

/** The browser's tab says how it goes: "● Building web #42". */
export function serviceTitle({ service, open, latest, live }: ServiceSummary): string {
  if (open !== undefined) return `● ${deploymentWords[open.state].word} ${service.slug} #${open.number}`
  const wrong = latest?.state === 'failed' ? latest : live !== undefined && isCrashed(live) ? live : undefined
  const mark = wrong === undefined ? service.slug : `✕ ${service.slug} #${wrong.number}`
  return `${mark} · ${service.project}`
}
