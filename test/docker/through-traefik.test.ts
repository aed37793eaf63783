import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { httpAsk } from './support/http.ts'
import { tellLog } from './support/tell-log.ts'

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

test('a push of many megabytes arrives whole, and a clone of it leaves so', async () => {
  const noise = randomBytes(12 * 1024 * 1024).toString('base64')
  const remote = handcar.remote('lantern/web', 'http')
  const commit = await tree.commit({ ...sampleApp({ release: 'one' }), 'noise.txt': noise })
  const push = await tree.push(remote, 'main')
  expect(push.exitCode, push.stderr).toBe(0)
  expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200, headers: { 'x-release': 'one' } })
  await using other = await workTree()
  expect((await other.git('fetch', remote, 'main')).exitCode).toBe(0)
  expect((await other.git('rev-parse', `${commit}:noise.txt`)).stdout).toBe(
    (await tree.git('rev-parse', 'HEAD:noise.txt')).stdout,
  )
})

test('a body that is refused does not spoil the next request', async () => {
  const agent = new Agent({ keepAlive: true })
  const post = (path: string, body: string | Uint8Array) =>
    httpAsk({
      ...{ port: handcar.ports.http, host: '127.0.0.1', path, method: 'POST', body, agent },
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    })
  const statuses: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    statuses.push((await post('/login', `email=${'a'.repeat(2_000_000)}`)).status)
    statuses.push((await post('/nowhere', 'a=1')).status)
  }
  agent.destroy()
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect(statuses[0]).toBe(413)
})
