import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/kernel/process.ts'
import {
  fetchHere,
  findProcess,
  freePort,
  handcar,
  holdPort,
  install,
  installWith,
  procText,
  type Said,
  said,
  until,
} from './machine.ts'

const mark = randomBytes(4).toString('hex')
const folder = `/tmp/handcar-install-${mark}`
/** Its parents are missing. */
const data = `${folder}/var/handcar`
const otherData = `/tmp/handcar-other-${mark}`
const server = /handcar serve $/
const traefik = /traefik --configFile=/
const minutes = 60_000

let place: string[]
let otherPlace: string[]

async function placeFor(directory: string): Promise<string[]> {
  const [http, https] = [await freePort(), await freePort()]
  return ['--data', directory, '--http-port', String(http), '--https-port', String(https)]
}

/** The values of the five lines that a demo ends with. */
function demoOf({ lines }: Said): Record<string, string> {
  const last = lines.slice(-5).map((line) => line.split(/: (.*)/))
  expect(last.map(([name]) => name)).toEqual(['panel', 'email', 'password', 'token', 'url'])
  return Object.fromEntries(last)
}

/** Fails with what the program said. */
function expectDone({ exitCode, stderr }: Said): void {
  expect(exitCode, stderr).toBe(0)
}

function processes(directory: string) {
  return { server: findProcess(directory, server), traefik: findProcess(directory, traefik) }
}

async function replicas(): Promise<string> {
  const { stdout } = await run('/usr/bin/docker', ['ps', '--quiet', '--filter', 'name=handcar-hello-'])
  return stdout.toString('utf8').trim()
}

let umask: number
beforeAll(async () => {
  // What others have to pass or read must not depend on it.
  umask = process.umask(0o077)
  place = await placeFor(data)
  otherPlace = await placeFor(otherData)
})

afterAll(async () => {
  for (const directory of [data, otherData]) {
    if (existsSync(directory)) await install('--uninstall', '--purge', '--data', directory)
  }
  for (const path of [folder, otherData]) rmSync(path, { recursive: true, force: true })
  process.umask(umask)
}, 5 * minutes)

describe('install.sh refuses', () => {
  it.each([
    [['--nonsense'], 'no option --nonsense'],
    [['--http-port'], 'needs a value'],
    [['--http-port', '99999999'], 'not a port'],
    [['--data', 'here'], 'absolute path'],
    [['--domain', '203.0.113.10'], 'not a host name'],
    [['--domain', ''], 'needs a value'],
    [['--purge'], 'goes with --uninstall'],
    [['--http-port', '8080', '--https-port', '8080'], 'used once'],
  ])('%j with 2 and the reason', async (options, reason) => {
    const { exitCode, stderr } = await install(...options)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(reason)
  })

  it('a port that is taken, with the flag that helps', async () => {
    const held = await holdPort()
    const { exitCode, stderr } = await install('--data', data, '--http-port', String(held.port))
    await held.release()
    expect(exitCode).toBe(3)
    expect(stderr).toContain(`Port ${held.port} is taken`)
    expect(stderr).toMatch(/sh install\.sh --data \S+ --http-port 80\d\d\n/)
  })

  it('anybody but root', async () => {
    const copy = `/tmp/install-${mark}.sh`
    copyFileSync(new URL('../../install.sh', import.meta.url), copy)
    const result = said(await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', copy]))
    rmSync(copy)
    expect(result.exitCode).toBe(3)
    expect(result.stderr).toContain('sudo sh install.sh')
  })
})

describe('install.sh', () => {
  it('changes nothing in a dry run', async () => {
    const before = existsSync('/usr/local/bin/handcar') && statSync('/usr/local/bin/handcar').mtimeMs
    const { exitCode, stdout } = await install('--dry-run', '--demo', ...place)
    expect([exitCode, stdout]).toEqual([0, expect.not.stringMatching(/^Building/m)])
    expect(stdout).toContain('would write: /etc/handcar/handcar-')
    expect(existsSync(data)).toBe(false)
    expect(existsSync('/usr/local/bin/handcar') && statSync('/usr/local/bin/handcar').mtimeMs).toBe(before)
  })

  it('installs, claims, pushes a sample app and fetches it', { timeout: 15 * minutes }, async () => {
    const result = await install('--demo', ...place)
    expect(result.stderr).toContain('remote: =====> Live')
    expectDone(result)
    const { url = '' } = demoOf(result)
    expect(await fetchHere(url)).toEqual({ status: 200, body: 'Hello from Handcar, deployment #1\n' })
  })

  it('can be run again: nothing restarts, and the sample app is deployed anew', { timeout: 10 * minutes }, async () => {
    const before = processes(data)
    const result = await install('--demo', ...place)
    expectDone(result)
    expect(processes(data)).toEqual(before)
    const { url = '' } = demoOf(result)
    expect((await fetchHere(url)).body).toBe('Hello from Handcar, deployment #2\n')
  })

  it('finishes an upgrade that stopped half-way, and leaves Traefik alone', { timeout: 10 * minutes }, async () => {
    const before = processes(data)
    writeFileSync('/usr/local/lib/handcar/content', 'another version\n')
    const stopped = await installWith({ HANDCAR_TRAEFIK_BIN: '/nonexistent/traefik' }, ...place)
    expect([stopped.exitCode, stopped.stderr]).toEqual([1, expect.stringContaining('stopped while getting Traefik')])
    expect(readlinkSync(`/proc/${before.server}/exe`)).toBe('/usr/local/bin/handcar (deleted)')
    expectDone(await install(...place))
    const after = processes(data)
    expect(after.traefik).toBe(before.traefik)
    expect(readlinkSync(`/proc/${after.server}/exe`)).toBe('/usr/local/bin/handcar')
  })

  it('keeps the data directory and its key for root alone, and Traefik away from both', async () => {
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(`${data}/keys/master`).mode & 0o777).toBe(0o600)
    const pid = await until(() => findProcess(data, traefik))
    const status = procText(pid, 'status')
    expect(status).not.toMatch(/^Uid:\s+0\b/m)
    expect(status).toMatch(/^CapEff:\s+0000000000000400$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(existsSync(`/proc/${pid}/root${data}/traefik/dynamic/handcar.yml`)).toBe(true)
    expect(existsSync(`/proc/${pid}/root${data}/keys/master`)).toBe(false)
  })

  it.each([
    ['server', server],
    ['Traefik', traefik],
  ])(
    'has the %s started again after it was killed, and not the other',
    { timeout: 2 * minutes },
    async (_, pattern) => {
      const other = pattern === server ? traefik : server
      const [before, beside] = [await until(() => findProcess(data, pattern)), findProcess(data, other)]
      process.kill(before, 'SIGKILL')
      await until(() => {
        const now = findProcess(data, pattern)
        return now === undefined || now === before ? undefined : now
      })
      expect(findProcess(data, other)).toBe(beside)
      const doctor = await until(async () => {
        const result = await handcar(data, 'doctor', '--json')
        return result.exitCode === 0 ? result : undefined
      })
      expect(JSON.parse(doctor.stdout).ok).toBe(true)
    },
  )

  it('sets up a second Handcar that shares nothing with the first', { timeout: 10 * minutes }, async () => {
    const before = processes(data)
    const second = await install(...otherPlace)
    expectDone(second)
    expect(second.lines.at(-1)).toMatch(/^setup: http:\/\/\S+\/setup\/token#[\w-]+$/)
    expect(JSON.parse((await handcar(otherData, 'status', '--json')).stdout).services).toEqual([])
    expectDone(await install('--uninstall', '--purge', '--data', otherData))
    expect(existsSync(otherData)).toBe(false)
    expect(processes(otherData)).toEqual({ server: undefined, traefik: undefined })
    expect(processes(data)).toEqual(before)
    expect(existsSync('/usr/local/bin/handcar')).toBe(true)
  })
})

describe('the command line', () => {
  it('tells the state of every service', async () => {
    const { exitCode, stdout } = await handcar(data, 'status', '--json')
    expect(exitCode).toBe(0)
    const status = JSON.parse(stdout)
    expect(Object.keys(status)).toEqual(['version', 'panel', 'services'])
    const [service] = status.services
    expect(service).toMatchObject({ project: 'demo', environment: 'production', service: 'hello', live: 2 })
    expect(service.deployments.map(({ number, state }: Record<string, unknown>) => [number, state])).toEqual([
      [2, 'live'],
      [1, 'removed'],
    ])
    const fields = ['number', 'state', 'step', 'code', 'commit', 'createdAt', 'endedAt']
    expect(Object.keys(service.deployments[0])).toEqual(fields)
    expect(service.replicas).toEqual([{ deployment: 2, state: 'healthy', address: expect.stringMatching(/^[\d.]+$/) }])
    expect(existsSync(`${data}/repos/${service.id}.git`)).toBe(true)
    expect((await handcar(data, 'status')).stdout).toContain('demo/production/hello')
  })

  it('prints a new token alone', async () => {
    const { exitCode, stdout } = await handcar(data, 'token', 'create', 'test')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^hc_[\w-]{43}\n$/)
  })

  it.each([
    [[], 2, 'needs a command'],
    [['backup', 'x'], 2, 'no command backup'],
    [['status', '--xml'], 2, 'no option --xml'],
    [['reset-password', 'nobody@example.com'], 4, 'no account'],
    [['set-address', 'not a host'], 2, 'host name'],
    [['setup-token'], 1, 'already has an owner'],
  ])('answers %j with %i and what to do', async (args, code, text) => {
    const { exitCode, stdout, stderr } = await handcar(data, ...args)
    expect(exitCode).toBe(code)
    expect(stdout).toBe('')
    expect(stderr).toContain(text)
    expect(stderr.startsWith(' !     ')).toBe(true)
  })

  it('says where it looked when there is no Handcar', async () => {
    const { exitCode, stderr } = await handcar('/tmp/handcar-nowhere', 'status')
    expect(exitCode).toBe(4)
    expect(stderr).toContain('There is no Handcar in /tmp/handcar-nowhere')
    expect(existsSync('/tmp/handcar-nowhere')).toBe(false)
  })

  it.each([['status'], ['token', 'create', 'x'], ['serve']])(
    'tells a user without rights in one line: %s',
    async (...args) => {
      const as = ['--reuid=65534', '--regid=65534', '--clear-groups', '/usr/local/bin/handcar']
      for (const directory of [data, '/var/lib/handcar']) {
        const environment = { HANDCAR_DATA: directory }
        const { exitCode, stderr } = said(await run('setpriv', [...as, ...args], { environment }))
        expect(stderr).toMatch(/^ ! {5}[^\n]+ as root, for example with sudo\n$/)
        expect(exitCode).toBe(3)
      }
    },
  )

  it('never runs Traefik as root when its user is not there', async () => {
    const users = `/tmp/passwd-${mark}`
    writeFileSync(users, 'root:x:0:0:root:/root:/bin/sh\n')
    const bare = ['--mount', '--propagation', 'private', 'sh', '-c']
    const act = `mount --bind ${users} /etc/passwd && exec /usr/local/bin/handcar proxy`
    const environment = { HANDCAR_DATA: data }
    const { exitCode, stderr } = said(await run('unshare', [...bare, act], { environment }))
    rmSync(users)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Traefik does not run as root')])
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect((await handcar(data, 'version')).stdout).toContain(`handcar ${version}`)
  })
})

describe('install.sh --uninstall', () => {
  it('keeps data and running apps', { timeout: 3 * minutes }, async () => {
    const running = await replicas()
    expectDone(await install('--uninstall', '--data', data))
    expect(processes(data)).toEqual({ server: undefined, traefik: undefined })
    expect(existsSync(`${data}/handcar.db`)).toBe(true)
    expect(running).not.toBe('')
    expect(await replicas()).toBe(running)
  })

  it('lets the next installation find everything again', { timeout: 10 * minutes }, async () => {
    const again = await install(...place)
    expectDone(again)
    expect(again.lines.at(-1)).toContain('has an owner already')
    const { services } = JSON.parse((await handcar(data, 'status', '--json')).stdout)
    const answer = await until(async () => {
      const found = await fetchHere(services[0].url)
      return found.status === 200 ? found : undefined
    })
    expect(answer.body).toContain('Hello from Handcar')
  })

  it('removes apps and data with --purge', { timeout: 3 * minutes }, async () => {
    expectDone(await install('--uninstall', '--purge', '--data', data))
    expect(existsSync(data)).toBe(false)
    expect(await replicas()).toBe('')
  })
})
