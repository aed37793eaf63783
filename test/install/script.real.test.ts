import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningProcess, run, start } from '../../src/kernel/process.ts'
import { checkout, freePort, install, type Said, said } from './machine.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handcar-script-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** install.sh up to where it would begin, then `body`: in place of root's files it has those of a scratch folder. */
function scriptOf(body: string): string {
  const text = readFileSync(`${checkout}/install.sh`, 'utf8').replace(/^main "\$@"$/m, '')
  const places = `library=${folder} settings=${folder}/handcar.env units=${folder} run=${folder} name=handcar`
  const start = `${places} keeper=systemd data=/srv/lantern dry_run=no verdict= step=working here=${folder}\n`
  const path = join(folder, 'script.sh')
  writeFileSync(path, `${text}\n${start}${body}\n`)
  return path
}

async function runScript(body: string): Promise<Said> {
  return said(await run('sh', [scriptOf(body)], { environment: { HOME: folder, TMPDIR: folder } }))
}

/** A program on the search path of the script that answers so. */
function programThatSays(text: string): string {
  writeFileSync(join(folder, 'text'), text)
  return `cat ${join(folder, 'text')}`
}

describe('install.sh and the data directory', () => {
  it.each(['/', '//', '/.', '/./', 'srv', '/srv/../etc'])('refuses "%s" for what it is', async (data) => {
    const { exitCode, stderr } = await install('--dry-run', '--data', data)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/absolute path of a directory of its own|may only have letters/)
  })

  it('is the same Handcar however the slashes are written', async () => {
    const names = ['/srv/lantern', '/srv/lantern/', '/srv/lantern//', '//srv///lantern/']
    const { lines } = await runScript(
      names.map((name) => `read_options --data ${name}; name_things; say "$data $settings"`).join('\n'),
    )
    expect(lines).toHaveLength(names.length)
    expect(new Set(lines).size).toBe(1)
    expect(lines[0]).toMatch(/^\/srv\/lantern \/etc\/handcar\/handcar-lantern-\d+\.env$/)
    expect((await runScript('read_options --data //var/lib/handcar/; name_things; say "$name"')).lines).toEqual([
      'handcar',
    ])
  })

  it('neither takes nor empties a directory that holds what is not its own', async () => {
    const data = join(folder, 'photos')
    mkdirSync(data)
    writeFileSync(join(data, 'wedding.jpg'), 'smile')
    const ports = ['--http-port', String(await freePort()), '--https-port', String(await freePort())]
    const taken = await install('--dry-run', '--data', data, ...ports)
    expect([taken.exitCode, taken.stderr]).toEqual([3, expect.stringContaining("is not Handcar's")])
    for (const option of ['--dry-run', '--purge']) {
      const { exitCode, stderr } = await install('--uninstall', '--purge', '--data', data, option)
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Nothing was removed')])
    }
    expect(readFileSync(join(data, 'wedding.jpg'), 'utf8')).toBe('smile')
  })

  it.each([
    ['empty', 'mkdir -p "$data"', 'free'],
    ['a disk of its own', 'mkdir -p "$data/lost+found"', 'free'],
    ['of a server that ran', 'mkdir -p "$data"; : >"$data/handcar.db"', 'ours'],
    ['of a server that never ran', 'mkdir -p "$data/traefik"; echo "HANDCAR_DATA=$data" >"$settings"', 'ours'],
    ['of another one', 'mkdir -p "$data/traefik"; echo "HANDCAR_DATA=$data/more" >"$settings"', 'neither'],
    ['a file', ': >"$data"', 'neither'],
  ])('knows one that is %s', async (_what, make, expected) => {
    const look = 'if is_ours; then say ours; elif is_empty; then say free; else say neither; fi'
    const { stdout } = await runScript(`data=${folder}/data\n${make}\n${look}`)
    expect(stdout.trim()).toBe(expected)
  })
})

describe('install.sh without any build of Handcar', () => {
  it('removes nothing of a data directory whose apps it cannot remove', async () => {
    const made = `mkdir "${folder}/data"; : >"${folder}/data/handcar.db"; data=${folder}/data bin=${folder}/bin`
    const { exitCode, stderr } = await runScript(`${made} purge=yes given=''\nuninstall`)
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Nothing was removed')])
    expect(existsSync(join(folder, 'data/handcar.db'))).toBe(true)
  })
})

describe('install.sh and a host name', () => {
  it.each([
    ['handcar.example.com', 0],
    ['box.localhost', 0],
    ['A1-b.example', 0],
    ['203.0.113.10', 1],
    ['a b', 1],
    ['-a.example', 1],
    ['a..example', 1],
    ['example.', 1],
    [`${'a'.repeat(64)}.example`, 1],
  ])('"%s" gives %i', async (host, exitCode) => {
    expect((await runScript(`is_host '${host}'`)).exitCode).toBe(exitCode)
  })
})

describe('install.sh and the services', () => {
  it('writes units that are started again for ever, once their disk is there', async () => {
    const check = '! command -v systemd-analyze >&2 || systemd-analyze verify "$units"/*.service'
    const { stderr, exitCode } = await runScript(
      `bin=/bin/true\nsystemctl() { :; }\nstarted_with() { :; }\nstart_units\n${check}`,
    )
    expect([exitCode, stderr.replace(/^.*systemd-analyze\n/, '')]).toEqual([0, ''])
    for (const unit of ['handcar', 'handcar-traefik']) {
      const [head = ''] = readFileSync(join(folder, `${unit}.service`), 'utf8').split('[Service]')
      expect(head).toContain('\nStartLimitIntervalSec=0\n')
      expect(head).toContain('\nRequiresMountsFor=/srv/lantern\n')
    }
  })

  it('restarts a service until a run has seen it answer, and then only when what it reads has changed', async () => {
    const files = ['handcar.env', 'program', 'handcar.service', 'handcar-traefik.service', 'traefik', 'static']
    for (const name of files) writeFileSync(join(folder, name), 'first')
    const look = 'restart_changed server say server now; restart_changed proxy say proxy now; say .'
    const { stdout } = await runScript(`traefik_program=${folder}/traefik bin=${folder}/program
handcar() { cat ${folder}/static; }
look() { ${look}; }
seen() { for service in server proxy; do started_with $service >"$library/$name.$service"; done; }
look; look; seen; look
for file in ${files.join(' ')}; do say "$file:"; echo second, longer >"$library/$file"; look; seen; done`)
    const both = 'server now\nproxy now\n.\n'
    const changes = ['server', 'server', 'server', 'proxy', 'proxy', 'proxy']
    expect(stdout).toBe(`${both}${both}.\n${files.map((file, at) => `${file}:\n${changes[at]} now\n.\n`).join('')}`)
  })
})

describe('install.sh and base images', () => {
  it.each([
    ['{"Descriptor":{}} status 200', 0],
    ['{"message":"toomanyrequests: slow down"} status 500', 0],
    ['{"message":"no such host"} status 500', 1],
    ['{"message":"client version 1.41 is too old"} status 400', 1],
  ])('takes %s for a registry or not', async (answer, exitCode) => {
    const body = `ask() { case "$*" in */v1.*) exit 9 ;; esac; ${programThatSays(answer)}; }\nregistry_answers`
    expect((await runScript(body)).exitCode).toBe(exitCode)
  })

  it('goes on with official images when the registry fails once, and leaves them when it fails twice', async () => {
    const choose = `sleep() { :; }\nls() { :; }\nbase_prefix=\n: >"$settings"\nbin=stand_ins
stand_ins() { say handcar-base/; }
registry_answers() { tries=$((tries + 1)); [ "$tries" = "$good" ]; }`
    const show = 'choose_base_images >/dev/null; say "prefix=$base_prefix after $tries"'
    const { lines } = await runScript(`${choose}\ntries=0 good=2; ${show}\ntries=0 good=0; ${show}
rm "$settings"; base_prefix= tries=0 good=2; ${show}`)
    expect(lines).toEqual(['prefix= after 2', 'prefix=handcar-base/ after 2', 'prefix=handcar-base/ after 1'])
  })
})

describe('install.sh tells', () => {
  const rules = (more: string) => `Status: active\nDefault: deny (incoming), allow (outgoing)\n\n${more}`
  it.each([
    ['both ports that the firewall closes', rules('22/tcp   ALLOW IN    Anywhere\n'), ['80', '443']],
    ['the one that it closes', rules('80/tcp      ALLOW IN    Anywhere\n8443/tcp    ALLOW IN    Anywhere\n'), ['443']],
    ['nothing when both are open', rules('80,443/tcp (Nginx Full)    ALLOW IN    Anywhere\n'), []],
    [
      'nothing when the firewall lets everything in',
      'Status: active\nDefault: allow (incoming), allow (outgoing)\n',
      [],
    ],
    ['nothing when it is off', 'Status: inactive\n', []],
  ])('%s', async (_what, answer, ports) => {
    const body = `ufw() { ${programThatSays(answer)}; }\nhttp_port=80 https_port=443\nlook_at_firewall`
    const { stdout, exitCode } = await runScript(body)
    expect(exitCode).toBe(0)
    expect([...stdout.matchAll(/ufw allow (\d+)\/tcp/g)].map(([, port]) => port)).toEqual(ports)
  })

  it.each([
    ['git version 2.28.9', 3],
    ['git version 2.29.0', 0],
    ['git version 3.0.1 (Apple)', 0],
    ['what?', 3],
  ])('whether %s is new enough', async (version, code) => {
    const { exitCode, stderr } = await runScript(`git() { say '${version}'; }\ncheck_git`)
    expect(exitCode).toBe(code)
    expect(stderr.includes('git 2.29 or newer')).toBe(code === 3)
  })

  it.each([
    ['print_setup', 'setup-token'],
    ['scratch=$(mktemp -d); reset_demo_password', 'reset-password'],
  ])('the real reason when %s fails', async (act, command) => {
    const refusal = ' !     The database is damaged'
    const body = `trap finish EXIT\nhandcar() { [ "$1" = ${command} ] && say '${refusal}' >&2; return 1; }\n${act}`
    const { exitCode, stderr, stdout } = await runScript(body)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(refusal)
    expect(`${stdout}${stderr}`).not.toContain('owner already')
  })

  it('that there is an owner when there is one', async () => {
    const body = `handcar() { say ' !     This server already has an owner' >&2; return 1; }\nprint_setup`
    expect((await runScript(body)).stdout).toContain('has an owner already')
  })
})

describe('install.sh that is interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves no scratch directory', async (signal, code) => {
    const begin = 'scratch=$(mktemp -d); say token >"$scratch/token"; say "$scratch"'
    const body = `read_options() { ${begin}; while :; do sleep 0.1; done; }\nmain`
    const running = start('sh', [scriptOf(body)], { environment: { TMPDIR: folder } })
    const scratch = await firstLine(running)
    expect(existsSync(join(scratch, 'token'))).toBe(true)
    running.kill(signal)
    expect((await running.ended).exitCode).toBe(code)
    expect(existsSync(scratch)).toBe(false)
  })
})

async function firstLine({ stdout }: RunningProcess): Promise<string> {
  let text = ''
  for await (const part of stdout) {
    text += String(part)
    if (text.includes('\n')) break
  }
  return text.trim()
}
