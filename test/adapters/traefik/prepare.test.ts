import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareTraefik } from '../../../src/adapters/traefik/prepare.ts'

describe('preparing the directory of Traefik', () => {
  let directory: string
  const options = () => ({ directory, apiPort: 4401, httpPort: 80, httpsPort: 443, panelPort: 4400 })
  const read = (name: string) => readFile(join(directory, name), 'utf8')
  const mode = async (name: string) => ((await stat(join(directory, name))).mode & 0o777).toString(8)

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'handcar-prepare-')), 'traefik')
  })
  afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

  it('makes all that Traefik needs to start, readable for its user but for the stage', async () => {
    const before = process.umask(0o077)
    try {
      expect(await prepareTraefik(options())).toEqual({ configFile: join(directory, 'traefik.yml') })
    } finally {
      process.umask(before)
    }
    const names = ['', 'dynamic', '.stage', 'log', 'traefik.yml', 'dynamic/handcar.yml', 'default.crt', 'default.key']
    const modes = await Promise.all(names.map(async (name) => `${await mode(name)} ${name}`))
    expect(modes).toEqual([
      '755 ',
      '755 dynamic',
      '700 .stage',
      '750 log',
      '644 traefik.yml',
      '644 dynamic/handcar.yml',
      '644 default.crt',
      '640 default.key',
    ])
    expect(new X509Certificate(await read('default.crt')).subject).toBe('CN=handcar.invalid')
  })

  it('begins with a table that leads every host to the panel', async () => {
    await prepareTraefik(options())
    const { http } = JSON.parse(await read('dynamic/handcar.yml'))
    expect(http.routers['hc-catch-all']).toMatchObject({ rule: 'PathPrefix(`/`)', priority: 1, service: 'hc-panel' })
    expect(http.services['hc-panel'].loadBalancer.servers).toEqual([{ url: 'http://127.0.0.1:4400' }])
  })

  it('changes nothing the second time', async () => {
    await prepareTraefik(options())
    const names = ['traefik.yml', 'dynamic/handcar.yml', 'default.crt', 'default.key']
    const before = await Promise.all(
      names.map(async (name) => [await read(name), (await stat(join(directory, name))).ino]),
    )
    await prepareTraefik(options())
    expect(
      await Promise.all(names.map(async (name) => [await read(name), (await stat(join(directory, name))).ino])),
    ).toEqual(before)
  })

  it('never replaces a table, not even a spoiled one, but makes it readable again', async () => {
    await prepareTraefik(options())
    await writeFile(join(directory, 'dynamic/handcar.yml'), 'not ours')
    await chmod(join(directory, 'dynamic/handcar.yml'), 0o600)
    await prepareTraefik({ ...options(), panelPort: 5500 })
    expect(await read('dynamic/handcar.yml')).toBe('not ours')
    expect(await mode('dynamic/handcar.yml')).toBe('644')
  })

  it('writes the static file anew when a port has changed', async () => {
    await prepareTraefik(options())
    await prepareTraefik({ ...options(), httpPort: 8080 })
    expect(JSON.parse(await read('traefik.yml')).entryPoints.web.address).toBe(':8080')
  })

  it('makes a new certificate when the old one or its key is spoiled, or the two do not fit', async () => {
    await prepareTraefik(options())
    const key = await read('default.key')
    for (const [name, text] of [
      ['default.crt', 'spoiled'],
      ['default.key', 'spoiled'],
      ['default.key', key],
    ] as const) {
      await writeFile(join(directory, name), text)
      await prepareTraefik(options())
      const parsed = new X509Certificate(await read('default.crt'))
      expect(parsed.checkPrivateKey(createPrivateKey(await read('default.key')))).toBe(true)
    }
    expect(await read('default.key')).not.toBe(key)
  })

  it('clears away what a crash left half written, but not what is being written now', async () => {
    await prepareTraefik(options())
    const hourAgo = new Date(Date.now() - 3_600_000)
    await writeFile(join(directory, '.stage/.stage-1-old'), 'half')
    await utimes(join(directory, '.stage/.stage-1-old'), hourAgo, hourAgo)
    await writeFile(join(directory, '.stage/.stage-1-new'), 'half')
    await prepareTraefik(options())
    expect(await readdir(join(directory, '.stage'))).toEqual(['.stage-1-new'])
  })
})
