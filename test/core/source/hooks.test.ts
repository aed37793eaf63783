import { lstat, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureHooks, hookText } from '../../../src/core/source/hooks.ts'
import { emptyWorld } from '../../support/world.ts'

test('the hook of the single executable is a link to it, put right when it is not', async () => {
  await using world = await emptyWorld()
  const folder = await ensureHooks(world.ctx, { kind: 'executable', path: '/opt/one/handcar' })
  await ensureHooks(world.ctx, { kind: 'executable', path: '/opt/two/handcar' })
  expect(await readlink(join(folder, 'proc-receive'))).toBe('/opt/two/handcar')
})

test('the hook of a bundle is a program of two lines for this Node, and replaces a link', async () => {
  await using world = await emptyWorld()
  const folder = await ensureHooks(world.ctx, { kind: 'executable', path: '/opt/one/handcar' })
  await ensureHooks(world.ctx, { kind: 'bundle', node: '/opt/node', path: '/opt/it"s here/handcar.cjs' })
  const path = join(folder, 'proc-receive')
  expect(await readFile(path, 'utf8')).toBe('#!/opt/node\nrequire("/opt/it\\"s here/handcar.cjs")\n')
  expect((await lstat(path)).mode & 0o777).toBe(0o700)
})

test('a spoiled hook is written again, a link replaces a file', async () => {
  await using world = await emptyWorld()
  const folder = await ensureHooks(world.ctx)
  const path = join(folder, 'proc-receive')
  const text = await readFile(path, 'utf8')
  await writeFile(path, 'spoiled')
  await ensureHooks(world.ctx)
  expect(await readFile(path, 'utf8')).toBe(text)
  await ensureHooks(world.ctx, { kind: 'executable', path: '/opt/handcar' })
  expect(await readlink(path)).toBe('/opt/handcar')
})

test.each(['/opt/with space/node', `/opt/${'n'.repeat(260)}`])('Node at %s is refused with what to do', (node) => {
  expect(() => hookText({ kind: 'bundle', node, path: '/x' })).toThrow('its path is too long or has a space')
})
