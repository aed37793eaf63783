import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run } from '../../src/kernel/process.ts'
import { ensureNodeBase } from '../support/base-image.ts'
import { measureDeploys } from './deploys.ts'
import { createEnding, type Ending } from './ending.ts'
import { measureIdle } from './idle.ts'
import { commitOf, describeMachine, loadNow } from './machine.ts'
import { type Measure, tableOf } from './measure.ts'
import { type Group, type Options, readOptions, UsageError, usage } from './options.ts'
import { profileDeploys } from './profile.ts'
import { measureRequests } from './requests.ts'
import { measureRollbacks } from './rollbacks.ts'
import type { Stage } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const buildTimeoutMs = 300_000

/** `npm run bench`: takes the figures of INTERFACE's table on this machine, writes and prints them. */
async function main(options: Options, ending: Ending): Promise<void> {
  const stage = await prepare(options, ending)
  if (options.isProfile) return profileDeploys(stage, options.pairs)
  const machine = await describeMachine()
  const measures: Measure[] = []
  for (const group of options.only) {
    const before = loadNow()
    stage.tell(`${group} (load ${before.toFixed(2)})`)
    measures.push(...(await measureGroup(stage, group, options)))
    machine.load.push({ group, before, after: loadNow() })
    // Nothing of one group may weigh on the next.
    await ending.runTo(stage.mark)
    if (options.out !== undefined) {
      const figures = { commit: await commitOf(root), machine, measures }
      await mkdir(dirname(resolve(options.out)), { recursive: true })
      await writeFile(options.out, `${JSON.stringify(figures, undefined, 2)}\n`)
    }
  }
  process.stdout.write(`\n${tableOf(measures)}\n`)
}

function measureGroup(stage: Stage, group: Group, options: Options): Promise<Measure[]> {
  switch (group) {
    case 'deploy':
      return measureDeploys(stage, options.pairs)
    case 'rollback':
      return measureRollbacks(stage, options.pairs)
    case 'requests':
      return measureRequests(stage, options.pairs)
    case 'idle':
      return measureIdle(stage, options.idleSeconds)
  }
}

/** A directory of its own on a real disk, the executable beside it, the base image in Docker. */
async function prepare(options: Options, ending: Ending): Promise<Stage & { mark: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'handcar-bench-'))
  ending.add(`remove ${directory}`, () => rm(directory, { recursive: true, force: true }))
  // Where Traefik has a user of its own, that one goes through here.
  await chmod(directory, 0o711)
  const executable = join(directory, 'handcar')
  await copyFile(options.handcar ?? (await buildExecutable()), executable)
  const baseImage = await ensureNodeBase()
  const tell = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
  return { executable, directory, baseImage, ending, tell, mark: ending.mark() }
}

async function buildExecutable(): Promise<string> {
  const args = [join(root, 'build.ts'), '--executable']
  const { exitCode, stderr } = await run(process.execPath, args, { directory: root, timeoutMs: buildTimeoutMs })
  if (exitCode !== 0) throw new Error(`the build failed:\n${stderr}`)
  return join(root, 'dist/handcar')
}

const ending = createEnding()
try {
  await main(readOptions(process.argv.slice(2)), ending)
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(` !     ${error.message}\n${usage}\n`)
  else process.stderr.write(` !     ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
} finally {
  await ending.run()
}
