import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureNodeBase as ensureWith } from '../../../src/adapters/docker/base-images.ts'
import { importRootFileSystem } from '../../../src/adapters/docker/stand-in-base.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { ensureCaddyBase, ensureNodeBase, ensureStaticBase } from '../../support/base-image.ts'
import { testInstall } from '../../support/docker.ts'

const { installId, connection, cleanUp } = testInstall()
afterAll(cleanUp)

async function outputOf(image: string, command: string[], user = ''): Promise<string> {
  const container = await connection.call((docker) =>
    docker.createContainer({
      Image: image,
      Cmd: command,
      User: user,
      Labels: { 'handcar.install': installId },
      HostConfig: { NetworkMode: 'none' },
    }),
  )
  await container.start()
  await container.wait()
  const output = await container.logs({ stdout: true, stderr: true })
  // Frames have a header of eight bytes; their text is all that matters here.
  return output.toString('utf8').replace(/[\u0000-\u0002]\0\0\0[\s\S]{4}/g, '')
}

describe('stand-in base images', () => {
  it('run Node, npm and a shell as any user, and trust what this server trusts', async () => {
    const image = await ensureNodeBase()
    expect(image).toBe('handcar-base/node:26-slim')
    const command = ['sh', '-c', 'node -v; npm -v; touch /tmp/mine && echo written; echo $NODE_EXTRA_CA_CERTS; id -u']
    const [version, npm, ...rest] = (await outputOf(image, command, '4321')).trim().split('\n')
    expect(version).toMatch(/^v26\.\d+\.\d+$/)
    expect(npm).toMatch(/^1\d\.\d+\.\d+$/)
    expect(rest).toEqual(['written', '/etc/ssl/certs/ca-certificates.crt', '4321'])
  })

  it('run Caddy and busybox', async () => {
    expect(await ensureCaddyBase()).toBe('handcar-base/caddy:2-alpine')
    expect(await outputOf('handcar-base/caddy:2-alpine', ['caddy', 'version'], '1000')).toMatch(/^v?2\.\d/)
    expect(await outputOf(await ensureStaticBase(), ['echo', 'hello'])).toBe('hello\n')
  })

  it('are made once', async () => {
    const said: string[] = []
    await ensureNodeBase()
    expect(await ensureWith({ say: (line) => said.push(line) })).toBe('handcar-base/node:26-slim')
    expect(said).toEqual([])
  })
})

describe('importing a root file system', () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'handcar-root-'))
    await mkdir(join(root, 'home/app'), { recursive: true })
    await writeFile(join(root, 'private'), 'text', { mode: 0o600 })
    await writeFile(join(root, 'home/app/own'), 'text')
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('keeps variables and labels as they are, however they are written', async () => {
    const reference = `handcar-base/test:${newId()}`
    const env = { QUOTED: 'a "b" \\ $HOME', EMPTY: '' }
    const labels = { 'handcar.install': installId, odd: 'x y=$z' }
    await importRootFileSystem(connection, root, reference, { env, labels, command: ['a', 'b c'] })
    const { Config } = await connection.call((docker) => docker.getImage(reference).inspect())
    expect(Config.Env).toEqual(expect.arrayContaining(['QUOTED=a "b" \\ $HOME', 'EMPTY=']))
    expect(Config.Labels).toEqual(labels)
    expect(Config.Cmd).toEqual(['a', 'b c'])
  })

  it('never takes the name of an image that is not ours', async () => {
    const options = { env: {}, labels: {} }
    await expect(importRootFileSystem(connection, root, 'node:26-slim', options)).rejects.toThrow('not a name')
    await expect(importRootFileSystem(connection, root, 'handcar-base/node', options)).rejects.toThrow('not a name')
  })
})
