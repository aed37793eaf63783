import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extractFile } from '../../../src/adapters/traefik/zip.ts'
import { type ZipEntry, zipOf } from './zip-file.ts'

describe('taking one file out of a zip archive', () => {
  let directory: string
  let count = 0
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'handcar-zip-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const program = randomBytes(200_000)
  const readme: ZipEntry = { name: 'README', content: Buffer.from('hello '.repeat(50)) }

  async function extract(archive: Buffer, name = 'scripts/program', maxBytes = 1_000_000): Promise<Buffer> {
    count += 1
    const [path, target] = [join(directory, `${count}.zip`), join(directory, `${count}.out`)]
    await writeFile(path, archive)
    await extractFile(path, name, target, maxBytes)
    return readFile(target)
  }

  it('takes a deflated and a stored one byte for byte', async () => {
    for (const stored of [false, true]) {
      const archive = zipOf([readme, { name: 'scripts/program', content: program, stored }, readme])
      expect((await extract(archive)).equals(program)).toBe(true)
    }
  })

  it('finds the end before a long comment', async () => {
    const archive = zipOf([{ name: 'scripts/program', content: program }], 'c'.repeat(60_000))
    expect((await extract(archive)).equals(program)).toBe(true)
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'no zip archive'],
    ['no archive', Buffer.from('x'.repeat(500)), 'no zip archive'],
    ['one without the file', zipOf([readme]), 'holds no scripts/program'],
    [
      'a file that says it is smaller',
      zipOf([{ name: 'scripts/program', content: program, saidBytes: 10 }]),
      'larger than',
    ],
    [
      'a file that says it is larger',
      zipOf([{ name: 'scripts/program', content: program, saidBytes: 300_000 }]),
      'shorter',
    ],
    ['a file over the limit', zipOf([{ name: 'scripts/program', content: Buffer.alloc(1_000_001) }]), 'larger than'],
    ['a cut archive', zipOf([{ name: 'scripts/program', content: program }]).subarray(100), 'list of files'],
  ])('refuses %s', async (_what, archive, why) => {
    await expect(extract(archive)).rejects.toThrow(why)
  })

  it('refuses a file whose packed bytes are broken', async () => {
    const archive = zipOf([{ name: 'scripts/program', content: Buffer.alloc(5000, 'ab') }])
    archive.fill(0xff, 60, 70)
    await expect(extract(archive)).rejects.toThrow()
  })
})
