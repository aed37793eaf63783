import { describe, expect, test } from 'vitest'
import { failures } from '../../src/core/deployment/failure.ts'
import { Diagnosis, KeptServing } from '../../views/deployment/diagnosis.tsx'
import { DeploymentHead } from '../../views/deployment/head.tsx'
import { DeploymentTitle } from '../../views/deployment/page.tsx'
import { Pipeline } from '../../views/deployment/pipeline.tsx'
import { DeploymentRow } from '../../views/deployment/row.tsx'
import { BuildLog, LogFoot, RuntimeLog } from '../../views/log/viewer.tsx'
import { Button, ButtonLink } from '../../views/parts/button.tsx'
import { CopyLine } from '../../views/parts/copy.tsx'
import { ErrorSummary, Field } from '../../views/parts/field.tsx'
import { Empty, Notice } from '../../views/parts/notice.tsx'
import { Badge } from '../../views/parts/state.tsx'
import { ServiceActions } from '../../views/service/actions.tsx'
import { ServiceState } from '../../views/service/header.tsx'
import { NeverDeployed } from '../../views/service/never-deployed.tsx'
import type { ServiceView } from '../../views/service/view.ts'
import { conditionWords, deploymentWords, replicaWords } from '../../views/words.ts'
import { indented } from '../support/html.ts'
import { logOf, pages, selectedOf } from './pages.tsx'
import * as sample from './samples.ts'

const at = sample.service()
const row = (deployment: typeof sample.live, actions: Array<'cancel' | 'rollback'> = [], isSelected = false) => (
  <DeploymentRow at={at} item={{ deployment, actions }} isSelected={isSelected} now={sample.now} />
)
const stages = (deployment: typeof sample.live) => (
  <Pipeline stages={selectedOf({ deployment, actions: [] }).stages} now={sample.now} />
)
const title = (deployment: typeof sample.live, actions: Array<'cancel' | 'rollback'> = []) => (
  <DeploymentTitle {...sample.serviceView()} selected={selectedOf({ deployment, actions })} />
)
const head = (deployment: typeof sample.live, view: Partial<ServiceView> = {}, actions: Array<'cancel'> = []) => (
  <DeploymentHead {...sample.serviceView(view)} selected={selectedOf({ deployment, actions })} />
)
const failedLast = { summary: sample.summary({ open: undefined, latest: sample.failed }) }
const restarted = { ...sample.live, number: 43, trigger: 'restart' as const, buildingAt: undefined }
const canceling = { ...sample.building, isCancelRequested: true }

const fragments: Record<string, () => { toString(): unknown }> = {
  'deployment-row.queued': () => row(sample.queued, ['cancel']),
  'deployment-row.building': () => row(sample.building, ['cancel'], true),
  'deployment-row.canceling': () => row(canceling),
  'deployment-row.starting': () => row(sample.starting, ['cancel']),
  'deployment-row.live': () => row(sample.live),
  'deployment-row.failed': () => row(sample.failed),
  'deployment-row.canceled': () => row(sample.canceled),
  'deployment-row.superseded': () => row(sample.superseded),
  'deployment-row.removed': () => row(sample.retired, ['rollback']),
  'deployment-row.removed-without-image': () => row(sample.retired),
  'pipeline.queued': () => stages(sample.queued),
  'pipeline.building': () => stages(sample.building),
  'pipeline.starting': () => stages(sample.starting),
  'pipeline.live': () => stages(sample.live),
  'pipeline.failed': () => stages(sample.failed),
  'pipeline.canceled': () => stages(sample.canceled),
  'pipeline.restart': () => stages(restarted),
  'deployment-row.crashed': () => row(sample.crashed),
  'deployment-head.building': () => head(sample.building, {}, ['cancel']),
  'deployment-head.first': () => head(sample.building, { summary: sample.summary({ live: undefined }) }, ['cancel']),
  'deployment-head.rollback': () => head({ ...sample.live, trigger: 'rollback' }),
  'deployment-head.failed': () => head(sample.failed, failedLast),
  'deployment-head.failed-first': () => head(sample.failed, { ...failedLast, actions: ['rebuild'] }),
  'deployment-title.crashed': () => title(sample.crashed),
  'deployment-title.failed': () => title(sample.failed),
  'deployment-title.removed': () => title(sample.retired, ['rollback']),
  diagnosis: () => (
    <Diagnosis
      cause={{ title: 'The build failed', why: 'It stopped.\nexit code 1', hint: 'Run `npm ci`.\nPush again.' }}
    />
  ),
  'kept-serving.another': () => <KeptServing at={at} host="web.test" kept={sample.live} />,
  'kept-serving.nothing': () => <KeptServing at={at} host="web.test" kept={undefined} />,
  'service-state.active': () => <ServiceState summary={sample.summary()} />,
  'service-state.stopped': () => (
    <ServiceState summary={sample.summary({ condition: 'stopped', open: undefined, live: undefined, replicas: [] })} />
  ),
  'service-actions.all': () => (
    <ServiceActions at={at} url="http://web.test" actions={['open', 'restart', 'redeploy', 'rebuild', 'stop']} />
  ),
  'service-actions.none': () => <ServiceActions at={at} url="http://web.test" actions={[]} />,
  'never-deployed': () => <NeverDeployed service={at} pushTo={sample.pushTo} />,
  'build-log.running': () => <BuildLog {...logOf({ deployment: sample.building, actions: [] })} />,
  'build-log.failed': () => (
    <BuildLog {...logOf({ deployment: sample.failed, actions: [] }, sample.failedLines(sample.failed.createdAt))} />
  ),
  'build-log.stopped': () => (
    <BuildLog {...logOf({ deployment: sample.canceled, actions: [] }, sample.stoppedLines(0))} />
  ),
  'build-log.empty': () => <BuildLog {...logOf({ deployment: sample.canceled, actions: [] }, [])} />,
  'build-log.earlier': () => (
    <BuildLog
      {...logOf({ deployment: sample.live, actions: [] }, sample.buildLines(0).slice(8))}
      earlier="?before=9"
      total={14}
    />
  ),
  'log-foot.live': () => <LogFoot isLive total={1} errors={0} warnings={0} />,
  'runtime-log': () => (
    <RuntimeLog
      lines={sample.runtimeLines()}
      limit={1000}
      tabs={[]}
      follow="/stream"
      download="/log.txt"
      empty="Nothing"
    />
  ),
  'runtime-log.empty': () => (
    <RuntimeLog
      lines={[]}
      limit={1000}
      tabs={[]}
      follow={undefined}
      download="/log.txt"
      empty="The app printed nothing"
    />
  ),
  field: () => (
    <Field name="port" label="Port" value="80" hint="The app listens here" optional mono inputmode="numeric" />
  ),
  'field.problem': () => (
    <Field name="port" label="Port" value="eighty" problem="Port must be a number from 1 to 65535" />
  ),
  'field.lines': () => <Field name="env_text" label="As .env" value={'A=1\nB=2'} rows={10} mono />,
  'error-summary': () => (
    <ErrorSummary
      problems={[
        { field: 'port', message: 'Port must be a number' },
        { field: undefined, message: 'Saved by somebody else', hint: 'Reload' },
      ]}
    />
  ),
  parts: () => (
    <>
      <Button kind="primary" icon="plus">
        Save
      </Button>
      <Button type="button" size="xs" icon="x" label="Remove" />
      <ButtonLink href="/" kind="ghost">
        Back
      </ButtonLink>
      <CopyLine text="git push handcar main" label="Copy" />
      <Notice tone="ok" isNew>
        Saved
      </Notice>
      <Empty icon="box" title="Nothing yet" />
    </>
  ),
  words: () => (
    <>
      {[deploymentWords, conditionWords, replicaWords].map((words) =>
        Object.values(words).map((state) => <Badge state={state} />),
      )}
    </>
  ),
}

describe('fragments', () => {
  test.each(Object.entries(fragments))('%s', async (name, render) => {
    await expect(indented(String(render()))).toMatchFileSnapshot(`__html__/${name}.html.txt`)
  })
})

describe('why it failed', () => {
  test.each(Object.entries(failures))('%s has its title, its sentence and numbered steps', (_, cause) => {
    const html = String(<Diagnosis cause={cause} />)
    expect(html).toContain(`>${cause.title}</h2>`)
    expect(html.match(/<li>/g)).toHaveLength(cause.hint.split('\n').length)
  })
})

describe('pages', () => {
  test.each(Object.entries(pages))('%s', async (name, render) => {
    await expect(indented(String(render()))).toMatchFileSnapshot(`__html__/page.${name}.html.txt`)
  })

  test.each(Object.entries(pages))(
    '%s has one h1, a skip link to its main part, and no inline style or script',
    (_, render) => {
      const html = String(render())
      expect(html.match(/<h1\b/g)).toHaveLength(1)
      expect(html).toContain('href="#main"')
      expect(html).toContain('<main id="main"')
      expect(html).not.toMatch(/\sstyle=/)
      expect(html).not.toMatch(/\son\w+=/)
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
      expect(html).not.toMatch(/\bhx-on|\bjs:|hx-trigger="[^"]*\[/)
    },
  )

  test.each(Object.entries(pages))('%s uses only ids once and only icons that are in the sprite', (_, render) => {
    const html = String(render())
    const all = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(all.length).toBe(new Set(all).size)
    for (const [, icon] of html.matchAll(/href="#(i-[\w-]+)"/g)) expect(all).toContain(icon)
  })
})
