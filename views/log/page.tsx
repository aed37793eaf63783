import type { ServiceSummary } from '../../src/core/service/service.ts'
import { LiveStream } from '../layout/live.tsx'
import { type Frame, Page } from '../layout/page.tsx'
import { ServiceHeader, serviceCrumbs } from '../service/header.tsx'
import { RuntimeLog, type RuntimeLogProps } from './viewer.tsx'

export interface LogsPageProps extends Frame {
  summary: ServiceSummary
  log: RuntimeLogProps
  events: string
  refreshSeconds: number | undefined
}

/** What the app itself prints, over all its replicas and restarts. */
export function LogsPage(props: LogsPageProps) {
  const { summary } = props
  return (
    <Page
      title={`Logs: ${summary.service.slug} · ${summary.service.project}`}
      assets={props.assets}
      actor={props.actor}
      crumbs={serviceCrumbs(summary)}
      banner={props.banner}
      flash={props.flash}
      width="service"
      refreshSeconds={props.refreshSeconds}
    >
      <ServiceHeader summary={summary} current="Logs" />
      <LiveStream address={props.events} refreshSeconds={props.refreshSeconds} />
      <div class="panes one">
        <RuntimeLog {...props.log} />
      </div>
    </Page>
  )
}
