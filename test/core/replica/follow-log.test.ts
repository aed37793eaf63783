import { afterEach, beforeEach, expect, test } from 'vitest'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { followRuntimeLog } from '../../../src/core/replica/runtime-log.ts'
import { getInstance } from '../../../src/core/service/read.ts'
import { commitFiles, type Server, startServer } from '../../support/mover.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
let server: Server
let replicaId: string
const ending = new AbortController()

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n' })
  const { id } = await requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: 'A lamp', author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
  at.engine.control.program(`handcar/${at.service.id}:${id}`, { output: ['begin'] })
  const isLive = async () => (await getInstance(at.ctx, at.service.instanceId)).liveDeploymentId === id
  await server.until(isLive, 'it is live')
  replicaId = (await at.engine.list())[0]?.replicaId ?? ''
})
afterEach(async () => {
  ending.abort()
  await server.kill()
  await at.close()
})

test('an app that ended and was started again is followed on, each line once', async () => {
  const service = await getInstance(at.ctx, at.service.instanceId)
  const lines = followRuntimeLog(at.ctx, service, { lastLines: 10, signal: ending.signal })[Symbol.asyncIterator]()
  const said: string[] = []
  const reading = (async () => {
    while (said.length < 4) said.push((await lines.next()).value?.text ?? 'the end')
  })()
  await server.until(async () => said.length === 1, 'the first line is told')
  at.engine.control.print(replicaId, 'working')
  await server.until(async () => said.length === 2, 'the second line is told')
  at.engine.control.exit(replicaId, 1)
  await server.until(async () => said.length === 3, 'the line after the restart is told')
  at.engine.control.print(replicaId, 'working again')
  await server.until(async () => said.length === 4, 'the last line is told')
  await reading
  expect(said).toEqual(['begin', 'working', 'begin', 'working again'])
})
