import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waysToRestart } from '../../src/commands/services.ts'
import { settingsFileOf } from '../../src/commands/settings-file.ts'
import { run } from '../../src/kernel/process.ts'
import { checkout, fetchHere, freePort, handcar, install, installWith, type Said, said, until } from './machine.ts'

const mark = randomBytes(4).toString('hex')
const folder = `/tmp/handcar-address-${mark}`
const data = `${folder}/handcar`
const panelName = `box-${mark}.localhost`
const minutes = 60_000

let http: number
let https: number
let installed: Said

beforeAll(async () => {
  mkdirSync(folder, { mode: 0o755 })
  http = await freePort()
  https = await freePort()
  installed = await install(...place(), '--domain', panelName)
}, 10 * minutes)

afterAll(async () => {
  if (existsSync(data)) await install('--uninstall', '--purge', '--data', data)
  rmSync(folder, { recursive: true, force: true })
}, 5 * minutes)

function place(directory = data): string[] {
  return ['--data', directory, '--http-port', String(http), '--https-port', String(https)]
}

function query(text: string): Array<Record<string, unknown>> {
  const database = new DatabaseSync(`${data}/handcar.db`)
  const rows = database.prepare(text).all()
  database.close()
  return rows
}

/** What carries the label of this installation, running or not. */
async function labelled(installId: unknown, ...list: string[]): Promise<string> {
  const filter = `label=handcar.install=${installId}`
  const { stdout } = await run('/usr/bin/docker', [...list, '--quiet', '--filter', filter])
  return stdout.toString('utf8').trim()
}

function lineOf({ lines }: Said, name: string): string {
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
}

describe('a Handcar with a host name of its own', () => {
  it('gives the setup address by that name, and says nothing of DNS for a name that needs none', () => {
    expect(installed.exitCode, installed.stderr).toBe(0)
    expect(lineOf(installed, 'setup')).toContain(`http://${panelName}:${http}/setup/token#`)
    expect(installed.stdout).toContain(`The dashboard is at http://${panelName}:${http}`)
    expect(installed.stdout).not.toContain('A records')
  })

  it('says where to push the first service to', async () => {
    expect((await handcar(data, 'status')).stdout).toContain(
      `Push to http://${panelName}:${http}/git/PROJECT/SERVICE.git`,
    )
  })

  it('has its demo after that name has answered, and each demo leaves one token', {
    timeout: 15 * minutes,
  }, async () => {
    expect((await fetchHere(`http://${panelName}:${http}/`)).status).toBe(303)
    await until(async () => ((await fetchHere(`http://localhost:${http}/`)).status === 404 ? true : undefined))
    for (const number of [1, 2]) {
      const demo = await install(...place(), '--demo')
      expect(demo.exitCode, demo.stderr).toBe(0)
      expect(lineOf(demo, 'panel')).toBe(`http://${panelName}:${http}`)
      expect(demo.lines.at(-1)).toBe(`url: http://hello-demo.${panelName}:${http}`)
      const { body } = await fetchHere(lineOf(demo, 'url'))
      expect(body).toBe(`Hello from Handcar, deployment #${number}\n`)
      expect(query('select name from token').map(({ name }) => name)).toEqual(['demo'])
    }
  })

  it('answers by another one as soon as the command has said so', async () => {
    const name = `apps-${mark}.localhost`
    for (const host of [name, panelName]) {
      const { exitCode, stdout } = await handcar(data, 'set-address', host)
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^The dashboard is at [^\n]+\n$/)])
      expect((await fetchHere(`http://hello-demo.${host}:${http}`)).status).toBe(200)
    }
  })

  it('tells of DNS for a name that needs it, and goes back to the temporary ones', async () => {
    const { stdout } = await handcar(data, 'set-address', `${mark}.example.com`)
    expect(stdout).toContain(`A records for ${mark}.example.com and *.${mark}.example.com`)
    const back = await handcar(data, 'set-address', '--temporary')
    expect([back.exitCode, back.stdout]).toEqual([0, expect.not.stringMatching(/example\.com|A records/)])
  })

  it('refuses ports that it has, all at once, with a command that keeps what was given', async () => {
    const { exitCode, stderr } = await install(...place(`${folder}/other`), '--demo', '--domain', 'x.localhost')
    expect(exitCode).toBe(3)
    for (const port of [http, https]) {
      expect(stderr).toContain(`Port ${port} is taken by another Handcar on this machine (${settingsFileOf(data)}).`)
    }
    const kept = `sh install.sh --data ${folder}/other --demo --domain x.localhost`
    expect(stderr).toMatch(new RegExp(`${kept} --http-port \\d+ --https-port \\d+\n`))
  })

  it('says of a removal only what the real one does', async () => {
    const other = `${folder}/other`
    mkdirSync(other)
    writeFileSync(join(other, 'handcar.db'), '')
    const beside = await install('--uninstall', '--purge', '--dry-run', '--data', other)
    rmSync(other, { recursive: true })
    expect(beside.stdout).toContain('The programs stay')
    expect(beside.stdout).not.toMatch(/rm -rf \/usr|userdel/)
    expect((await install('--uninstall', '--dry-run', '--data', data)).stdout).toContain(
      'rm -rf /usr/local/bin/handcar',
    )
    expect(existsSync('/usr/local/bin/handcar')).toBe(true)
  })
})

describe('a command', () => {
  it.each([
    [['status', '--help'], 'handcar status [--json]'],
    [['token', '--help'], 'handcar token create NAME [--replace]'],
    [['serve', '-h'], 'handcar serve'],
  ])('tells its usage: %j', async (args, usage) => {
    const { exitCode, stdout, stderr } = await handcar(data, ...args)
    expect([exitCode, stdout, stderr]).toEqual([0, `Usage: ${usage}\n`, ''])
  })

  it.each([
    [['token', 'create'], 'needs a name'],
    [['token', 'list'], 'the dashboard lists tokens'],
    [['set-address', ''], 'The host name is empty'],
    [['set-address'], 'Usage: handcar set-address HOST'],
  ])('that is not complete is refused with what is missing: %j', async (args, text) => {
    const { exitCode, stderr } = await handcar(data, ...args)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(text)])
  })

  it('says in one line that its output could not be written', async () => {
    const full = 'exec /usr/local/bin/handcar version >/dev/full'
    const { exitCode, stderr } = said(await run('sh', ['-c', full], { environment: { HANDCAR_DATA: data } }))
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^ ! {5}[^\n]*could not be written[^\n]*\n$/)])
  })

  it('names what restarts a service on this kind of machine', () => {
    const name = basename(settingsFileOf(data) ?? '', '.env')
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'server.pid'), '1 1\n')
    const none = join(folder, 'none')
    const own = { systemd: none, supervisor: folder, logs: '/var/log/handcar' }
    expect(waysToRestart('server', data, own)).toContain(`kill $(cut -d ' ' -f 1 ${folder}/${name}/server.pid)`)
    expect(waysToRestart('proxy', data, own)).toContain(`sh install.sh --data ${data}`)
    const systemd = { ...own, systemd: folder }
    expect(waysToRestart('proxy', data, systemd)).toContain(`systemctl restart ${name}-traefik`)
    expect(waysToRestart('docker', '', systemd)).toContain('systemctl restart docker')
  })
})

describe('install.sh', () => {
  it('refuses the demo before it touches anything, when somebody else is the owner', async () => {
    query("update person set email = 'ada@example.com'")
    writeFileSync('/usr/local/lib/handcar/content', 'as it was\n')
    const before = statSync('/usr/local/bin/handcar').ino
    const { exitCode, stdout, stderr } = await install(...place(), '--demo')
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('has an owner already')])
    expect(stdout).toBe('')
    expect(statSync('/usr/local/bin/handcar').ino).toBe(before)
    expect(readFileSync('/usr/local/lib/handcar/content', 'utf8')).toBe('as it was\n')
  })

  it('purges what an earlier --uninstall has left running, or says what remains', {
    timeout: 10 * minutes,
  }, async () => {
    const [row] = query("select value from setting where name = 'install_id'")
    const lists = [['ps', '--all'], ['network', 'ls'], ['images']]
    const left = await install('--uninstall', '--data', data)
    expect([left.exitCode, left.stdout]).toEqual([0, expect.stringContaining(`--uninstall --purge --data ${data}`)])
    for (const list of lists) expect(await labelled(row?.value, ...list)).not.toBe('')

    const stopped = { HANDCAR_DATA: data, HANDCAR_PORT: String(await freePort()) }
    const address = said(
      await run(`${checkout}/dist/handcar`, ['set-address', 'later.localhost'], { environment: stopped }),
    )
    expect([address.exitCode, address.stdout]).toEqual([0, expect.stringMatching(/^Saved\. The server does not run/)])

    const noDocker = { DOCKER_HOST: `unix://${folder}/none.sock` }
    const failed = await installWith(noDocker, '--uninstall', '--purge', '--data', data)
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining('could not all be removed')])
    expect(failed.stdout).not.toContain('are gone')
    expect(readdirSync(data)).toEqual(expect.arrayContaining(['handcar.db', 'keys', 'repos']))

    const purged = await install('--uninstall', '--purge', '--data', data)
    expect([purged.exitCode, purged.stderr]).toEqual([0, ''])
    expect(purged.stdout).toContain('its apps and its data are gone')
    for (const list of lists) expect(await labelled(row?.value, ...list)).toBe('')
    for (const path of [data, '/etc/handcar', '/run/handcar-proxy']) expect(existsSync(path)).toBe(false)
    // Docker's own supervisor and another Handcar's logs may be there.
    for (const path of ['/run/handcar', '/var/log/handcar'])
      expect(!existsSync(path) || readdirSync(path)[0]).toBeTruthy()
  })

  it('says that there was no Handcar', async () => {
    const { exitCode, stdout } = await install('--uninstall', '--purge', '--data', data)
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`There was no Handcar with its data in ${data}`)])
  })
})
