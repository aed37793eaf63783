import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLog } from '../../../src/core/deployment/deployment-log.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { type Server, startServer } from '../../support/mover.ts'
import { pushVersion, reach } from '../../support/pushes.ts'
import { type SettledWorld, world } from '../../support/world.ts'

const minuteMs = 60_000

let at: SettledWorld
let server: Server | undefined

beforeEach(async () => {
  at = await world()
})
afterEach(async () => {
  await server?.kill()
  await at.close()
})

describe('an engine that is away', () => {
  test('is waited for, however long the deployment had been in the queue before', async () => {
    const deployment = await pushVersion(at, '1')
    await at.clock.advance(40 * minuteMs)
    at.builder.control.away(true)
    server = await startServer(at)
    await server.until(async () => (await getDeploymentById(at.ctx, deployment.id)).state === 'building', 'it is begun')
    const end = at.clock.now() + 20_000
    await server.until(async () => at.clock.now() > end, 'it was tried again and again')
    at.builder.control.away(false)
    await reach(at, server, deployment, 'live')
    const { lines } = await readLog(at.ctx, deployment.id)
    expect(lines.filter(({ text }) => text.startsWith('-----> Fetching'))).toHaveLength(1)
  })
})

describe('a data directory that cannot be written', () => {
  test('keeps no deployment for ever: once it can, the deployment ends and says whose mistake it was', async () => {
    const deployment = await pushVersion(at, '1')
    const logs = join(at.ctx.config.dataDirectory, 'logs')
    await rm(logs, { recursive: true, force: true })
    await writeFile(logs, 'no folder')
    server = await startServer(at)
    const attempts = async () => (await at.ctx.db.selectFrom('job').select('attempts').execute())[0]?.attempts ?? 0
    await server.until(async () => (await attempts()) >= 3, 'it was tried again')
    await rm(logs)
    await mkdir(logs)
    const failed = await reach(at, server, deployment, 'failed')
    expect(failed.code).toBe('server.interrupted')
    await reach(at, server, await pushVersion(at, '2'), 'live')
  })
})
