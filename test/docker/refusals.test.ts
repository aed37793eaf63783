import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { eventually } from './support/eventually.ts'
import { tellLog } from './support/tell-log.ts'

let handcar: Handcar
let tree: WorkTree
let remote: string

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
  remote = handcar.remote('lantern/web')
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

test('a detached push is over at once, with its branch moved, and goes live by itself', async () => {
  const commit = await tree.commit(sampleApp({ release: 'one', listen: later }))
  const push = await tree.push('-o', 'detach', remote, 'main')
  expect(push).toMatchObject({ exitCode: 0 })
  expect(linesOf(push).at(-2)).toBe('=====> Accepted, going on without you:')
  expect(handcar.rows('SELECT state FROM deployment')[0]?.state).not.toBe('live')
  expect((await tree.git('ls-remote', remote, 'refs/heads/main')).stdout.split('\t')[0]).toBe(commit)
  await eventually('it is live', async () => handcar.rows('SELECT state FROM deployment')[0]?.state === 'live')
  expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200, headers: { 'x-release': 'one' } })
})

test.each([
  ['an unknown option', ['-o', 'turbo', 'main'], 'unknown push option', 'There is no push option "turbo".'],
  ['a tag', ['HEAD:refs/tags/v1'], 'tags are not deployed', 'Tags are not deployed, so refs/tags/v1 was not taken.'],
  ['no branch', [':main'], 'branches are not deleted here', 'Branches are not deleted by a push, so main stays.'],
  ['another branch', ['HEAD:draft'], 'only main is deployed', 'production. To deploy this commit: git push handcar'],
])('a push of %s is refused with its reason', async (_what, [option = '', ...rest], reason, line) => {
  await tree.commit({ 'note.txt': reason })
  const args = rest.length > 0 ? [option, rest[0] ?? '', remote, ...rest.slice(1)] : [remote, option]
  const push = await tree.push(...args)
  expect(push).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`(${reason})`) })
  expect(linesOf(push).join('\n')).toContain(` !     ${line}`)
  expect(handcar.rows('SELECT number FROM deployment')).toHaveLength(1)
  expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': 'one' } })
})

test('without a token, or with a wrong one, nothing is taken', async () => {
  const wrong = remote.replace(handcar.token, `hc_${'x'.repeat(40)}`)
  expect(await tree.push(wrong, 'main')).toMatchObject({ exitCode: 128 })
  expect(await tree.push(remote.replace(/any:.*@/, ''), 'main')).toMatchObject({ exitCode: 128 })
  expect(handcar.rows('SELECT number FROM deployment')).toHaveLength(1)
})

const later = "setTimeout(() => server.listen(port, '0.0.0.0'), 1_500)"
