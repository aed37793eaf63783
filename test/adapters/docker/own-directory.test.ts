import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownDirectory } from '../../../src/adapters/docker/own-directory.ts'

describe('a directory for downloads that root uses', () => {
  let root: string
  let path: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'handcar-own-'))
    path = join(root, 'downloads')
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('is made for us alone, and taken again', async () => {
    expect(await ownDirectory(path)).toBe(path)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect(await ownDirectory(path)).toBe(path)
  })

  const refused = { code: 'engine.foreign_directory', message: expect.stringContaining('downloads'), kind: 'forbidden' }

  it.each([0o755, 0o777, 0o1777, 0o710])('is refused with mode %o', async (mode) => {
    await mkdir(path)
    await chmod(path, mode)
    await expect(ownDirectory(path)).rejects.toMatchObject(refused)
  })

  it('is refused when another user owns it', async () => {
    await mkdir(path, { mode: 0o700 })
    // Only root can give a directory away; anybody else asks for one of root's.
    const isRoot = process.getuid?.() === 0
    if (isRoot) await chown(path, 65_534, 65_534)
    const asked = isRoot ? path : '/'
    await expect(ownDirectory(asked)).rejects.toMatchObject({ code: 'engine.foreign_directory' })
  })

  it('is refused when it is a link, wherever that leads', async () => {
    await mkdir(join(root, 'elsewhere'), { mode: 0o700 })
    await symlink(join(root, 'elsewhere'), path)
    await expect(ownDirectory(path)).rejects.toMatchObject(refused)
  })
})
