import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { git, repositoriesPath, repositoryPath } from '../../../src/core/source/git.ts'
import { plainText } from '../../../src/core/source/plain-text.ts'
import { readCommit } from '../../../src/core/source/read-commit.ts'
import {
  ensureEmptyRepository,
  ensureRepository,
  holdCommit,
  moveBranch,
  pinCommit,
  removeRepository,
} from '../../../src/core/source/repository.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { emptyWorld } from '../../support/world.ts'
import { bare } from './support.ts'

async function refsOf(path: string): Promise<string> {
  return (await git(path, ['for-each-ref', '--format=%(refname) %(objectname)'])).stdout.toString()
}

describe('a repository', () => {
  test('is made once, also when many ask at the same time, and nothing is left beside it', async () => {
    await using world = await emptyWorld()
    const serviceId = newId()
    const paths = await Promise.all(Array.from({ length: 5 }, () => ensureRepository(world.ctx, serviceId)))
    await ensureEmptyRepository(world.ctx)
    expect(new Set(paths)).toEqual(new Set([repositoryPath(world.ctx, serviceId)]))
    expect((await readdir(repositoriesPath(world.ctx))).sort()).toEqual([`${serviceId}.git`, 'empty.git'].sort())
    expect((await git(paths[0] ?? '', ['rev-parse', '--is-bare-repository'])).stdout.toString()).toBe('true\n')
    expect(existsSync(join(paths[0] ?? '', 'hooks'))).toBe(false)
  })

  test.each(['../../etc', 'web', '', 'empty', '/tmp/x'])('is never at a place named %j', async (name) => {
    await using world = await emptyWorld()
    expect(() => repositoryPath(world.ctx, name)).toThrow('named by the id')
  })

  test('is removed with everything in it, and removing it again is fine', async () => {
    await using it = await bare()
    await removeRepository(it.ctx, it.serviceId)
    expect(existsSync(it.path)).toBe(false)
    await removeRepository(it.ctx, it.serviceId)
  })
})

describe('refs', () => {
  test('are moved past the lock that a killed git has left, but not past one that is held', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'a.txt': '1' })
    const branch = `long/${'name-'.repeat(30)}`
    const lock = join(it.path, 'refs/heads', `${branch}x.lock`)
    await mkdir(dirname(lock), { recursive: true })
    await writeFile(lock, '')
    await expect(moveBranch(it.ctx, it.serviceId, `${branch}x`, sha)).rejects.toMatchObject({ kind: 'unavailable' })
    const before = new Date(Date.now() - 61_000)
    await utimes(lock, before, before)
    await moveBranch(it.ctx, it.serviceId, `${branch}x`, sha)
    expect(await refsOf(it.path)).toBe(`refs/heads/${branch}x ${sha}\n`)
  })

  test('hold a commit, pin its deployment and let the branch follow; again is fine', async () => {
    await using it = await bare()
    const id = newId()
    const one = await it.commit({ 'a.txt': '1' })
    const two = await it.commit({ 'a.txt': '2' })
    await holdCommit(it.ctx, it.serviceId, one)
    await pinCommit(it.ctx, it.serviceId, id, one)
    for (const sha of [one, two, two]) await moveBranch(it.ctx, it.serviceId, 'release/1', sha)
    expect(await refsOf(it.path)).toBe(
      `refs/handcar/commits/${one} ${one}\nrefs/handcar/deployments/${id} ${one}\nrefs/heads/release/1 ${two}\n`,
    )
    expect(await readFile(join(it.path, 'HEAD'), 'utf8')).toBe('ref: refs/heads/release/1\n')
  })

  test('are never named or aimed by anything unchecked', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'a.txt': '1' })
    await expect(moveBranch(it.ctx, it.serviceId, '../../HEAD', sha)).rejects.toThrow('checked name')
    await expect(moveBranch(it.ctx, it.serviceId, 'main\0x', sha)).rejects.toThrow('checked name')
    await expect(moveBranch(it.ctx, it.serviceId, 'main', 'HEAD')).rejects.toThrow('40 hex digits')
    await expect(pinCommit(it.ctx, it.serviceId, '../x', sha)).rejects.toThrow('by the id of its deployment')
    expect(await refsOf(it.path)).toBe('')
  })
})

describe('a commit', () => {
  test('tells its subject and author', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'a.txt': '1' }, 'Add gift cards\n\nLong story')
    expect(await readCommit(it.ctx, it.serviceId, sha)).toEqual({
      sha,
      subject: 'Add gift cards',
      author: 'Ada',
      isEmpty: false,
    })
  })

  test('without files is known as such', async () => {
    await using it = await bare()
    expect(await readCommit(it.ctx, it.serviceId, await it.commit({}))).toMatchObject({ isEmpty: true })
  })

  test('keeps escape sequences and turned text to itself, and megabytes of subject too', async () => {
    await using it = await bare()
    const evil = await it.commit({ a: '1' }, 'Red \u001b[31malert\u001b[0m \u202eabc\u0007 \u001b]0;title\u0007end')
    expect((await readCommit(it.ctx, it.serviceId, evil))?.subject).toBe('Red alert abc end')
    const long = await it.commit({ a: '2' }, 'x'.repeat(3_000_000))
    expect((await readCommit(it.ctx, it.serviceId, long))?.subject).toHaveLength(200)
  })

  test('is not an absent one, a tag, a tree, a file or a name', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'a.txt': '1' })
    await moveBranch(it.ctx, it.serviceId, 'main', sha)
    const tagText = `object ${sha}\ntype commit\ntag v1\ntagger Ada <ada@lantern.test> 1700000000 +0000\n\nv1\n`
    const tag = (await git(it.path, ['hash-object', '-w', '-t', 'tag', '--stdin'], { input: tagText })).stdout
    const tree = (await git(it.path, ['rev-parse', `${sha}^{tree}`])).stdout
    const blob = (await git(it.path, ['rev-parse', `${sha}:a.txt`])).stdout
    const others = [tag, tree, blob].map((bytes) => bytes.toString().trim())
    for (const other of [...others, 'f'.repeat(40), 'main', '--all', '']) {
      expect(await readCommit(it.ctx, it.serviceId, other), other).toBeUndefined()
    }
  })
})

test('text for a terminal is one line without anything that steers it', () => {
  expect(plainText('a\tb\r\nc\u0000d\u009be\u2066f\ud800')).toBe('a b cdef\ufffd')
  expect(plainText('grün 日本 👩‍💻')).toBe('grün 日本 👩‍💻')
  expect(plainText('abcdef', 4)).toBe('abc…')
})
