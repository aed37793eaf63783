import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { redeploy } from '../../../src/core/deployment/again.ts'
import type { Deployment, DeploymentState } from '../../../src/core/deployment/deployment.ts'
import { readLog } from '../../../src/core/deployment/deployment-log.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { followRuntimeLog, keptPath, readRuntimeLog } from '../../../src/core/replica/runtime-log.ts'
import { getInstance } from '../../../src/core/service/read.ts'
import { deleteVariable, setVariable } from '../../../src/core/variable/save-variables.ts'
import { commitFiles, type Server, startServer } from '../../support/mover.ts'
import { type SettledWorld, world } from '../../support/world.ts'

const secret = 'canary-6f1d9b'

let at: SettledWorld
let server: Server

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  await setVariable(at.ctx, at.ada, at.service, { name: 'API_KEY', value: secret })
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

type Program = Parameters<typeof at.engine.control.program>[1]

async function push(version: string, program: Program): Promise<Deployment> {
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n', version })
  const deployment = await requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: `Version ${version}`, author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
  at.engine.control.program(`handcar/${at.service.id}:${deployment.id}`, program)
  return deployment
}

async function reach(deployment: Deployment, state: DeploymentState): Promise<Deployment> {
  const now = () => getDeploymentById(at.ctx, deployment.id)
  await server.until(async () => (await now()).state === state, `#${deployment.number} becomes ${state}`)
  return now()
}

async function logOf(deployment: Deployment): Promise<string> {
  const { lines } = await readLog(at.ctx, deployment.id)
  return lines.map(({ text }) => text).join('\n')
}

async function printedBy(deploymentNumber: number): Promise<string> {
  const service = await getInstance(at.ctx, at.service.instanceId)
  const lines = await readRuntimeLog(at.ctx, service, { deploymentNumber, lastLines: 100 })
  return lines.map(({ text }) => text).join('\n')
}

test('why an app ended quotes its last lines without the values of its variables', async () => {
  const dying = await push('1', { exitsWith: 3, output: [`no luck with ${secret}`] })
  const { why } = await reach(dying, 'failed')
  expect(why).toContain('no luck with [API_KEY]')
  expect(await logOf(dying)).not.toContain(secret)
})

test('why a health check failed quotes the answer without them', async () => {
  const { instanceId } = at.service
  await at.ctx.db
    .updateTable('instance')
    .set({ healthPath: '/up', healthTimeoutS: 1 })
    .where('id', '=', instanceId)
    .execute()
  const ill = await push('1', { status: 500, body: `cannot use ${secret}` })
  const { why } = await reach(ill, 'failed')
  expect(why).toContain('cannot use [API_KEY]')
  expect(await logOf(ill)).not.toContain(secret)
})

test('what a replica printed is kept on disk without them', async () => {
  const dying = await push('1', { exitsWith: 3, output: [`no luck with ${secret}`] })
  await reach(dying, 'failed')
  const kept = () => readFile(keptPath(at.ctx, dying.id), 'utf8').catch(() => '')
  await server.until(async () => (await kept()) !== '', 'the output is kept')
  expect(await kept()).toContain('no luck with [API_KEY]')
})

test('a value that a running release still has stays masked after it was changed or deleted', async () => {
  await reach(await push('1', { output: [`using ${secret}`] }), 'live')
  await setVariable(at.ctx, at.ada, at.service, { name: 'API_KEY', value: 'another-44aa01' })
  expect(await printedBy(1)).toBe('using [API_KEY]')
  await deleteVariable(at.ctx, at.ada, at.service, 'API_KEY')
  expect(await printedBy(1)).toBe('using [API_KEY]')
})

test('a follower of the log never sees a value that came with a later release', async () => {
  const first = await reach(await push('1', { output: ['begin'] }), 'live')
  const service = await getInstance(at.ctx, at.service.instanceId)
  const ending = new AbortController()
  const lines = followRuntimeLog(at.ctx, service, { lastLines: 10, signal: ending.signal })[Symbol.asyncIterator]()
  expect((await lines.next()).value?.text).toBe('begin')
  const next = lines.next()
  await setVariable(at.ctx, at.ada, service, { name: 'NEWER_KEY', value: 'fresh-99c3e7' })
  at.engine.control.program(`handcar/${at.service.id}:${first.id}`, { output: ['now with fresh-99c3e7'] })
  await reach(await redeploy(at.ctx, at.ada, service), 'live')
  expect((await next).value?.text).toBe('now with [NEWER_KEY]')
  ending.abort()
})
