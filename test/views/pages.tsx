import type { DeploymentState } from '../../src/core/deployment/deployment.ts'
import { DeploymentPage, type DeploymentPageProps } from '../../views/deployment/page.tsx'
import type { DeploymentItem } from '../../views/deployment/row.tsx'
import { marksOf, servedMeanwhile, stagesOf, usualBuildOf } from '../../views/deployment/stages.ts'
import type { AssetUrls } from '../../views/layout/page.tsx'
import { LogsPage } from '../../views/log/page.tsx'
import type { GroupState } from '../../views/log/rows.ts'
import type { BuildLogProps } from '../../views/log/viewer.tsx'
import { ServicePage } from '../../views/service/page.tsx'
import type { Selected, ServiceView } from '../../views/service/view.ts'
import { hasTrouble } from '../../views/words.ts'
import * as sample from './samples.ts'

export const assets: AssetUrls = { url: (name) => `/assets/${name}` }

const at = '/p/lantern/production/s/web'
const shared = { actor: sample.ada, assets, refreshSeconds: undefined, events: `${at}/events` }

export function selectedOf(
  item: DeploymentItem,
  lines = sample.buildLines(item.deployment.createdAt + 1_000),
): Selected {
  const { deployment } = item
  const all = sample.items.map((other) => other.deployment)
  return {
    item,
    stages: stagesOf(deployment, {
      now: sample.now,
      marks: marksOf(lines),
      replicas: [],
      settings: sample.service().settings,
      serving: 41,
      usualBuildMs: usualBuildOf(all),
    }),
    cause: hasTrouble(deployment)
      ? { title: 'The build failed', why: deployment.why ?? '', hint: deployment.hint ?? '' }
      : undefined,
    report: hasTrouble(deployment) ? 'The build failed' : undefined,
    kept: servedMeanwhile(deployment, all),
  }
}

const tabs = (number: number, hasRuntime: boolean) => [
  { source: 'build' as const, word: 'Build', href: `${at}/d/${number}?log=build` },
  ...(hasRuntime ? [{ source: 'runtime' as const, word: 'Runtime', href: `${at}/d/${number}?log=runtime` }] : []),
]

const stateOfEnd: Partial<Record<DeploymentState, GroupState>> = {
  failed: 'failed',
  canceled: 'stopped',
  superseded: 'stopped',
}

export function logOf(
  item: DeploymentItem,
  lines = sample.buildLines(item.deployment.createdAt + 1_000),
): BuildLogProps {
  const { deployment } = item
  const isRunning = deployment.endedAt === undefined && deployment.liveAt === undefined
  const address = `${at}/d/${deployment.number}`
  return {
    lines,
    total: lines.length,
    state: isRunning ? 'running' : (stateOfEnd[deployment.state] ?? 'done'),
    until: deployment.endedAt ?? deployment.liveAt ?? sample.now,
    tabs: tabs(deployment.number, deployment.startingAt !== undefined),
    follow: isRunning ? `${address}/log/stream?after=${lines.length}` : undefined,
    download: `${address}/log.txt`,
    earlier: undefined,
  }
}

const itemOf = (number: number): DeploymentItem => {
  const item = sample.items.find(({ deployment }) => deployment.number === number)
  if (item === undefined) throw new Error(`no sample deployment ${number}`)
  return item
}

export function servicePage(view: Partial<ServiceView> = {}) {
  const building = itemOf(42)
  const all: ServiceView = sample.serviceView({ selected: selectedOf(building), ...view })
  const log = all.selected === undefined ? undefined : logOf(all.selected.item)
  return <ServicePage {...all} {...shared} log={log && { source: 'build', props: log }} pushTo={sample.pushTo} />
}

export function deploymentPage(number: number, changes: Partial<DeploymentPageProps> = {}) {
  const item = itemOf(number)
  const lines =
    item.deployment.state === 'failed'
      ? sample.failedLines(item.deployment.createdAt)
      : sample.buildLines(item.deployment.createdAt + 1_000)
  return (
    <DeploymentPage
      {...sample.serviceView()}
      {...shared}
      selected={selectedOf(item, lines)}
      log={{ source: 'build', props: logOf(item, lines) }}
      {...changes}
    />
  )
}

export function neverDeployed() {
  return servicePage({
    summary: sample.summary({
      condition: 'never_deployed',
      live: undefined,
      open: undefined,
      latest: undefined,
      replicas: [],
    }),
    actions: [],
    items: [],
    selected: undefined,
  })
}

function failedService() {
  const item = itemOf(40)
  const selected = selectedOf(item, sample.failedLines(item.deployment.createdAt))
  return servicePage({ summary: sample.summary({ open: undefined, latest: sample.failed }), selected })
}

/** Live, but it ends again and again. */
function crashedService() {
  const item: DeploymentItem = { deployment: sample.crashed, actions: [] }
  const { crashed: live } = sample
  return servicePage({
    summary: sample.summary({ condition: 'crashed', open: undefined, live, latest: live, replicas: [] }),
    items: [item, ...sample.items.filter(({ deployment }) => deployment.number < 41)],
    selected: selectedOf(item),
  })
}

export function logsPage(lines = sample.runtimeLines()) {
  return (
    <LogsPage
      {...shared}
      summary={sample.summary({ open: undefined, latest: sample.live })}
      log={{
        lines,
        limit: 1_000,
        tabs: [],
        follow: `${at}/logs/stream`,
        download: `${at}/d/41/log.txt?log=runtime`,
        empty: 'The app has printed nothing yet',
      }}
    />
  )
}

/** Every page of ours in every state that looks different. */
export const pages: Record<string, () => ReturnType<typeof servicePage>> = {
  'service.building': () => servicePage(),
  'service.never-deployed': neverDeployed,
  'service.failed': failedService,
  'service.crashed': crashedService,
  'deployment.failed': () =>
    deploymentPage(40, { summary: sample.summary({ open: undefined, latest: sample.failed }) }),
  'deployment.live': () => deploymentPage(41),
  'deployment.building': () => deploymentPage(42),
  logs: () => logsPage(),
}
