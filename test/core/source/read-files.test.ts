import { describe, expect, test } from 'vitest'
import { readableBytes } from '../../../src/core/build/file-map.ts'
import { archive } from '../../../src/core/source/archive.ts'
import { git } from '../../../src/core/source/git.ts'
import { fileMapOf } from '../../../src/core/source/read-files.ts'
import { blockBytes, filling, readHeader } from '../../../src/core/source/tar.ts'
import { bare, bytesOf } from './support.ts'

const nothing = { ignore: () => false }

describe('what detection sees of a commit', () => {
  test('is its paths, and the texts of the files that plans are made from', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'package.json': '{"name":"web"}', 'src/index.js': 'run()', 'täst/ü.txt': 'x' })
    const files = await fileMapOf(it.ctx, it.serviceId, sha)
    expect([...files.paths].sort()).toEqual(['package.json', 'src/index.js', 'täst/ü.txt'])
    expect(files.read('package.json')).toBe('{"name":"web"}')
    expect(files.read('src/index.js')).toBeUndefined()
  })

  test('has no text of links, of large and of binary files', async () => {
    await using it = await bare()
    const sha = await it.commit({
      'package.json': { mode: '120000', content: '/etc/passwd' },
      Dockerfile: 'x'.repeat(readableBytes + 1),
      Procfile: 'web: a\0b',
      '.nvmrc': Buffer.from([0xff, 0xfe]).toString('latin1'),
    })
    const files = await fileMapOf(it.ctx, it.serviceId, sha)
    for (const path of ['package.json', 'Dockerfile', 'Procfile']) {
      expect(files.has(path)).toBe(true)
      expect(files.read(path)).toBeUndefined()
    }
  })

  test('reads in the root directory, and lists around it', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'package.json': 'top', 'apps/web/package.json': 'web', 'apps/api/main.py': '' })
    const files = await fileMapOf(it.ctx, it.serviceId, sha, './apps/web/')
    expect(files.has('apps/api/main.py')).toBe(true)
    expect(files.read('apps/web/package.json')).toBe('web')
    expect(files.read('package.json')).toBeUndefined()
  })

  test('does not go deep', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'a/b/c/four': '', 'a/b/c/d/five': '' })
    expect((await fileMapOf(it.ctx, it.serviceId, sha)).paths).toEqual(['a/b/c/four'])
    expect((await fileMapOf(it.ctx, it.serviceId, sha, 'a')).paths).toHaveLength(2)
  })
})

function pathsOf(tar: Buffer): string[] {
  const paths: string[] = []
  for (let at = 0; at < tar.length; ) {
    const header = readHeader(tar.subarray(at, at + blockBytes))
    if (!header) break
    if (header.type !== 'x') paths.push(header.path)
    at += blockBytes + header.bytes + filling(header.bytes)
  }
  return paths
}

describe('the archive of a commit', () => {
  test('is whole whatever .gitattributes say', async () => {
    await using it = await bare()
    const attributes = '* export-ignore export-subst\nDockerfile export-ignore\n'
    const sha = await it.commit({ '.gitattributes': attributes, Dockerfile: 'FROM x', 'v.txt': '$Format:%H$' })
    const tar = await bytesOf(archive(it.ctx, it.serviceId, sha, undefined, nothing))
    expect(pathsOf(tar)).toEqual(['.gitattributes', 'Dockerfile', 'v.txt'])
    expect(tar.includes('$Format:%H$')).toBe(true)
  })

  test('holds links as links', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'package.json': { mode: '120000', content: '/etc/passwd' } })
    const tar = await bytesOf(archive(it.ctx, it.serviceId, sha, undefined, nothing))
    expect(readHeader(tar.subarray(0, blockBytes))).toEqual({ path: 'package.json', type: '2', bytes: 0 })
  })

  test('begins at the root directory, without what is ignored and with what is generated', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'apps/web/app.js': '', 'apps/web/.env': 'SECRET', 'top.txt': '' })
    const options = { ignore: (path: string) => path === '.env', extraFiles: new Map([['Dockerfile', 'FROM x']]) }
    const tar = await bytesOf(archive(it.ctx, it.serviceId, sha, '/apps/web', options))
    expect(pathsOf(tar)).toEqual(['app.js', 'Dockerfile'])
    expect(tar.includes('SECRET')).toBe(false)
  })

  test('keeps names of every length', async () => {
    await using it = await bare()
    const names = [90, 99, 100, 101, 150, 155, 156, 200, 256, 300].map(
      (length) => `${'d/'.repeat(3)}${'n'.repeat(length)}`,
    )
    const sha = await it.commit(Object.fromEntries(names.map((name) => [name, name])))
    const asked: string[] = []
    const ignore = (path: string) => {
      asked.push(path)
      return false
    }
    await bytesOf(archive(it.ctx, it.serviceId, sha, undefined, { ignore }))
    expect(asked.filter((path) => path.includes('n')).sort()).toEqual([...names].sort())
  })

  test('ends with the reason when it is too large, or its root directory is not there', async () => {
    await using it = await bare()
    const sha = await it.commit({ 'big.txt': 'x'.repeat(200_000) })
    const tooLarge = archive(it.ctx, it.serviceId, sha, undefined, { ...nothing, bytesMax: 100_000 })
    await expect(bytesOf(tooLarge)).rejects.toMatchObject({ code: 'source.too_large' })
    const absent = archive(it.ctx, it.serviceId, sha, 'nowhere', nothing)
    await expect(bytesOf(absent)).rejects.toMatchObject({ code: 'source.git_failed' })
    expect(() => archive(it.ctx, it.serviceId, sha, '../up', nothing)).toThrow('leaves the repository')
  })

  test('is not made of a tree that leads outside', async () => {
    await using it = await bare()
    const blob = await it.commit({ ok: 'x' })
    const file = (await git(it.path, ['rev-parse', `${blob}:ok`])).stdout.toString().trim()
    const inner = Buffer.concat([Buffer.from('100644 passwd\0'), Buffer.from(file, 'hex')])
    const innerSha = await written(it.path, inner)
    const outer = Buffer.concat([Buffer.from('40000 ..\0'), Buffer.from(innerSha, 'hex')])
    const outerSha = await written(it.path, outer)
    await expect(bytesOf(archive(it.ctx, it.serviceId, outerSha, undefined, nothing))).rejects.toMatchObject({
      code: 'source.git_failed',
    })
  })
})

async function written(path: string, tree: Buffer): Promise<string> {
  const args = ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin']
  return (await git(path, args, { input: tree })).stdout.toString().trim()
}
