import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type LoadReport, startLoad } from '../support/load.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf, docker } from './support/docker.ts'
import { tellLog } from './support/tell-log.ts'
import { untilRow, untilSettled } from './support/world-state.ts'

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  await deploy('one')
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('while releases are changed under load', () => {
  test('no request fails, up to the end of the last drain', async () => {
    const report = await underLoad(['one', 'two', 'three'], async () => {
      await deploy('two')
      await deploy('three')
      await untilSettled(handcar)
      await rollBackToFirst()
    })
    expect(report).toMatchObject({ failed: 0, reasons: [] })
    expect(report.total).toBeGreaterThan(1_000)
    expect(report.slow).toBeGreaterThanOrEqual(40)
    for (const release of ['one', 'two', 'three']) expect(report.releases[release]).toBeGreaterThan(0)
  })

  test('an old replica that is taken away without a drain would be seen', async () => {
    const report = await underLoad(['one', 'four'], async () => {
      const [old] = await containersOf(handcar.installId)
      const deploying = deploy('four')
      await untilRow(handcar, 'SELECT 1 FROM replica WHERE draining_at IS NOT NULL AND ended_at IS NULL')
      await docker('rm', '--force', old?.Id ?? '')
      await deploying
    })
    expect(report.failed).toBeGreaterThan(0)
  })
})

/** Load from before the acts until the last old replica has gone. */
async function underLoad(releases: string[], act: () => Promise<void>): Promise<LoadReport> {
  const load = await startLoad({ port: handcar.ports.http, host: 'web-lantern.localhost', releases })
  await wait(1_000)
  await act()
  await untilSettled(handcar)
  return load.stop()
}

async function deploy(release: string): Promise<void> {
  await tree.commit(sampleApp({ release }))
  expect(await tree.push(handcar.remote('lantern/web'), 'main')).toMatchObject({ exitCode: 0 })
}

async function rollBackToFirst(): Promise<void> {
  expect(await handcar.panel.post('/p/lantern/production/s/web/d/1/rollback')).toMatchObject({ status: 303 })
}
