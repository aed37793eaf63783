import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/kernel/process.ts'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type GitAnswer, linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { eventually } from './support/eventually.ts'
import { expectMoved } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'
import { untilSettled } from './support/world-state.ts'

/** A little more than what builds need to be free, in megabytes, and what then is in the way. */
const disk = { size: 1_100, filling: 200 }

let folder: string
let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  folder = await mkdtemp(join(tmpdir(), 'handcar-disk-'))
  await must('mount', '-t', 'tmpfs', '-o', `size=${disk.size}m,mode=0700`, 'handcar-test', folder)
  handcar = await startHandcar({ environment: { HANDCAR_DATA: folder } })
  tree = await workTree()
  expect(await push('one')).toMatchObject({ exitCode: 0 })
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
  await must('umount', '--lazy', folder)
  await rmdir(folder)
})

test('with little room left nothing is built, what needs no build goes on, and builds do once there is', async () => {
  const poller = startPoller(handcar, 'lantern/web')
  const filling = join(folder, 'filling')
  await must('fallocate', '--length', `${disk.filling}MiB`, filling)
  const refused = await push('two')
  expect(refused).toMatchObject({ exitCode: 1 })
  expect(linesOf(refused).join(' ').replaceAll(' !     ', '')).toMatch(
    /Why: {2}Only 0\.\d GB are free; builds need 1\.0 GB\./,
  )
  expect((await handcar.service()).deployments[0]).toMatchObject({ state: 'failed', code: 'server.disk_full' })
  await expectMoved(handcar.panel.post('/p/lantern/production/s/web/restart'))
  await eventually('it was started anew', async () => (await handcar.service()).live === 3)
  await rm(filling)
  expect(await push('three')).toMatchObject({ exitCode: 0 })
  await untilSettled(handcar)
  expect(failuresOf(await poller.stop())).toEqual([])
})

async function push(release: string): Promise<GitAnswer> {
  await tree.commit(sampleApp({ release }))
  return tree.push(handcar.remote('lantern/web'), 'main')
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await run(command, args)
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
