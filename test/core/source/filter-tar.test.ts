import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterTar, type TarRules } from '../../../src/core/source/filter-tar.ts'
import { blockBytes, fileEntry, filling, readHeader, readPax } from '../../../src/core/source/tar.ts'

const keepAll: TarRules = { ignore: () => false, extraFiles: new Map(), bytesMax: 1e9, entriesMax: 1e6 }
const end = Buffer.alloc(2 * blockBytes)

async function* pieces(bytes: Buffer, size = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function filtered(archive: Buffer, rules: Partial<TarRules> = {}, pieceSize?: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of filterTar(pieces(archive, pieceSize), { ...keepAll, ...rules })) parts.push(part)
  return Buffer.concat(parts)
}

/** Path → content of a tar, read in the plainest way; links and folders have their type as content. */
function listed(archive: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  let longPath: string | undefined
  for (let at = 0; at < archive.length; ) {
    const header = readHeader(archive.subarray(at, at + blockBytes))
    if (!header) break
    const body = archive.subarray(at + blockBytes, at + blockBytes + header.bytes)
    at += blockBytes + header.bytes + filling(header.bytes)
    if (header.type === 'x') longPath = readPax(body).get('path')
    else if (header.type === 'L') longPath = body.toString('utf8').replace(/\0$/, '')
    else {
      found.set(longPath ?? header.path, header.type === '0' ? body.toString('utf8') : `(${header.type})`)
      longPath = undefined
    }
  }
  return found
}

/** An entry of any type; `rewrite` spoils or changes its header before the checksum is made. */
function entry(path: string, type: string, body = '', rewrite: (header: Buffer) => void = () => undefined): Buffer {
  const bytes = fileEntry(path.slice(0, 100), body)
  bytes.write(type, 156, 'latin1')
  rewrite(bytes)
  let sum = 8 * 32
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += bytes[at] ?? 0
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

function pax(records: Record<string, string>): Buffer {
  const body = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    let length = Buffer.byteLength(rest)
    while (String(length).length + Buffer.byteLength(rest) !== length) {
      length = String(length).length + Buffer.byteLength(rest)
    }
    return `${length}${rest}`
  })
  return entry('pax_header', 'x', body.join(''))
}

const name = fc.stringMatching(/^[a-z0-9]{1,12}$/)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const files = fc.dictionary(path, fc.string({ maxLength: 1500 }), { maxKeys: 12 })

describe('a build context', () => {
  test('holds exactly the files that are not ignored, wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 3000 }), async (tree, pieceSize) => {
        const archive = Buffer.concat([...Object.entries(tree).map(([at, text]) => fileEntry(at, text)), end])
        const isOut = (at: string) => createHash('sha256').update(at).digest()[0] === 0 || at.startsWith('a')
        const kept = Object.entries(tree).filter(([at]) => !isOut(at))
        expect(listed(await filtered(archive, { ignore: isOut }, pieceSize))).toEqual(new Map(kept))
      }),
      { numRuns: 60 },
    )
  })

  test('gets generated files, which win over those of the commit', async () => {
    const archive = Buffer.concat([
      fileEntry('Dockerfile', 'FROM theirs'),
      fileEntry('app.js', 'one'),
      entry('.handcar', '2'),
      fileEntry('.handcar/start/deeper', 'two'),
      end,
    ])
    const extraFiles = new Map([
      ['Dockerfile', 'FROM ours'],
      ['.handcar/start', 'ours'],
    ])
    expect(listed(await filtered(archive, { extraFiles }))).toEqual(
      new Map([
        ['app.js', 'one'],
        ['Dockerfile', 'FROM ours'],
        ['.handcar/start', 'ours'],
      ]),
    )
  })

  test('keeps long names of both kinds and asks for them in full', async () => {
    const long = `${'folder/'.repeat(30)}file.txt`
    const asked: string[] = []
    const archive = Buffer.concat([
      pax({ path: long }),
      fileEntry('cut', 'one'),
      entry('long', 'L', `${long}.two\0`),
      fileEntry('cut', 'two'),
      end,
    ])
    const ignore = (at: string) => {
      asked.push(at)
      return false
    }
    expect(listed(await filtered(archive, { ignore }))).toEqual(
      new Map([
        [long, 'one'],
        [`${long}.two`, 'two'],
      ]),
    )
    expect(asked).toEqual([long, `${long}.two`])
  })

  test('leaves out what extends a header together with the ignored file', async () => {
    const archive = Buffer.concat([
      pax({ path: 'secret/key' }),
      fileEntry('cut', 'key'),
      fileEntry('app.js', 'one'),
      end,
    ])
    const bytes = await filtered(archive, { ignore: (at) => at.startsWith('secret') })
    expect(bytes.includes('secret')).toBe(false)
    expect(listed(bytes)).toEqual(new Map([['app.js', 'one']]))
  })

  test('takes the size from the extended header', async () => {
    const body = 'x'.repeat(600)
    const withSize = entry('big', '0', body, (header) => header.write('00000000000\0', 124, 'latin1'))
    const archive = Buffer.concat([pax({ size: '600' }), withSize, fileEntry('after', 'one'), end])
    const bytes = await filtered(archive, { ignore: (at) => at === 'big' })
    expect(listed(bytes)).toEqual(new Map([['after', 'one']]))
  })

  test.each([
    ['absolute', entry('/etc/passwd', '0')],
    ['above', entry('../up', '0')],
    ['above in the middle', entry('a/../../up', '0')],
    ['above by an extended header', Buffer.concat([pax({ path: 'a/../../up' }), fileEntry('ok', '')])],
    ['above as a folder', entry('../', '5')],
    ['empty', entry('', '0')],
  ])('refuses a path that is %s', async (_, bytes) => {
    await expect(filtered(Buffer.concat([bytes, end]))).rejects.toMatchObject({ code: 'source.unreadable_archive' })
  })

  test.each(['1', '3', '4', '6', '7', 'S', 'V'])('refuses entries of type %s', async (type) => {
    const archive = Buffer.concat([entry('thing', type), end])
    await expect(filtered(archive)).rejects.toMatchObject({ code: 'source.unreadable_archive' })
  })

  test.each([
    ['too many bytes', { bytesMax: 9 }],
    ['too many files', { entriesMax: 1 }],
  ])('refuses %s', async (_, limit) => {
    const archive = Buffer.concat([fileEntry('one', '12345'), fileEntry('two', '67890'), end])
    await expect(filtered(archive, limit)).rejects.toMatchObject({ code: 'source.too_large' })
    const ignored = { ...limit, ignore: (at: string) => at === 'two' }
    expect(listed(await filtered(archive, ignored)).size).toBe(1)
  })

  test('refuses an archive that ends too early and one with a spoiled header', async () => {
    const whole = fileEntry('one', 'x'.repeat(5000))
    await expect(filtered(whole.subarray(0, 3000))).rejects.toMatchObject({ code: 'source.unreadable_archive' })
    const spoiled = Buffer.from(whole)
    spoiled.write('two', 0)
    await expect(filtered(Buffer.concat([spoiled, end]))).rejects.toMatchObject({ code: 'source.unreadable_archive' })
  })

  test('never does anything but answer or refuse, whatever the bytes', async () => {
    const damaged = fc.tuple(files, fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 8 }))
    await fc.assert(
      fc.asyncProperty(damaged, async ([tree, spots]) => {
        const archive = Buffer.concat([...Object.entries(tree).map(([at, text]) => fileEntry(at, text)), end])
        for (const [at, value] of spots) archive[at % archive.length] = value
        const outcome = await filtered(archive).catch((error: unknown) => error)
        if (!Buffer.isBuffer(outcome)) expect(outcome).toMatchObject({ code: 'source.unreadable_archive' })
      }),
      { numRuns: 200 },
    )
  })
})
