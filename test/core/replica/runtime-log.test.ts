import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keptPath, readRuntimeLog } from '../../../src/core/replica/runtime-log.ts'
import { type Server, startServer } from '../../support/mover.ts'
import { imageOf, pushVersion, reach } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

async function textOf(): Promise<string[]> {
  return (await readRuntimeLog(at.ctx, at.service, { lastLines: 100 })).map(({ text }) => text)
}

test('what is live is in the log of its service, also behind several releases that failed', async () => {
  const live = await pushVersion(at, '1')
  at.engine.control.program(imageOf(at, live), { output: ['the lamp burns'] })
  await reach(at, server, live, 'live')
  for (const version of ['2', '3', '4', '5']) {
    const deployment = await pushVersion(at, version)
    at.engine.control.program(imageOf(at, deployment), { startError: 'no such program' })
    await reach(at, server, deployment, 'failed')
  }
  expect(await textOf()).toContain('the lamp burns')
})

test('a kept line that was torn takes no other with it', async () => {
  const live = await pushVersion(at, '1')
  await reach(at, server, live, 'live')
  const path = keptPath(at.ctx, live.id)
  const line = (text: string) => JSON.stringify({ at: 1, replica: 'abc', stream: 'stdout', text })
  await mkdir(dirname(path), { recursive: true })
  await appendFile(path, `${line('one')}\n${line('two').slice(0, 30)}${line('three')}\n${line('four')}\n`)
  expect(await textOf()).toEqual(expect.arrayContaining(['one', 'four']))
})
