import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { arch, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { HandcarError } from '../../kernel/errors.ts'
import { run } from '../../kernel/process.ts'
import { connectDocker, type DockerConnection } from './connect.ts'
import { unpackDebianPackages } from './debian-packages.ts'
import { ownDirectory } from './own-directory.ts'
import { importRootFileSystem, standInPrefix } from './stand-in-base.ts'

/**
 * Stand-ins for base images where no image registry answers: Debian packages (their files, without their scripts),
 * busybox as shell, programs from npm. They carry names of our own under `handcar-base/`.
 */
export interface BaseImageOptions {
  socketPath?: string
  /** Downloads are kept here; it must be ours alone. */
  cacheDirectory?: string
  /** Folder of an unpacked Node (with `bin/node`) of that major version, to save its download. */
  nodeDirectory?: string
  /** Hears what is being made. */
  say?(line: string): void
}

interface Recipe {
  reference: string
  packages: string[]
  env: Record<string, string>
  command: string[]
  /** Name of the user 1000. */
  user: string
  /** Raised when a recipe changes what it makes. */
  edition: string
  finish(root: string): Promise<void>
}

const contentLabel = 'handcar.base'
const certificates = '/etc/ssl/certs/ca-certificates.crt'
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const npmMajors: Record<number, number> = { 18: 10, 20: 10, 22: 10, 24: 11 }

/** `handcar-base/node:<major>-slim`, with npm. */
export function ensureNodeBase(options: BaseImageOptions = {}, major = 26): Promise<string> {
  const npmMajor = npmMajors[major] ?? (major < 24 ? 10 : 12)
  return ensure(options, {
    reference: `${standInPrefix}node:${major}-slim`,
    packages: ['libc6', 'libstdc++6', 'libatomic1'],
    env: {},
    command: ['node'],
    user: 'node',
    edition: `2 npm ${npmMajor}`,
    async finish(root) {
      const cache = await cacheOf(options)
      const nodeDirectory =
        options.nodeDirectory ?? (await npmPackage(cache, `node-linux-${nodeArchitecture()}@${major}`))
      await cp(join(nodeDirectory, 'bin/node'), join(root, 'usr/local/bin/node'))
      await chmod(join(root, 'usr/local/bin/node'), 0o755)
      const modules = join(root, 'usr/local/lib/node_modules')
      await cp(await npmPackage(cache, `npm@${npmMajor}`), join(modules, 'npm'), { recursive: true })
      for (const name of ['npm', 'npx']) {
        await chmod(join(modules, `npm/bin/${name}-cli.js`), 0o755)
        await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name))
      }
    },
  })
}

/** `handcar-base/caddy:2-alpine`. */
export function ensureCaddyBase(options: BaseImageOptions = {}): Promise<string> {
  return ensure(options, {
    reference: `${standInPrefix}caddy:2-alpine`,
    packages: ['caddy'],
    env: { XDG_CONFIG_HOME: '/config', XDG_DATA_HOME: '/data' },
    command: ['caddy', 'run', '--config', '/etc/caddy/Caddyfile', '--adapter', 'caddyfile'],
    user: 'app',
    edition: '2',
    async finish(root) {
      for (const folder of ['config', 'data', 'srv']) await mkdir(join(root, folder), { recursive: true })
    },
  })
}

/** `handcar-base/busybox:1`: a shell and its tools, nothing else. */
export function ensureStaticBase(options: BaseImageOptions = {}): Promise<string> {
  return ensure(options, {
    reference: `${standInPrefix}busybox:1`,
    packages: [],
    env: {},
    command: ['sh'],
    user: 'app',
    edition: '2',
    finish: async () => undefined,
  })
}

async function ensure(options: BaseImageOptions, recipe: Recipe): Promise<string> {
  const connection = connectDocker(options.socketPath)
  const trusted = await readFile(certificates)
  const content = createHash('sha256')
    .update(JSON.stringify([recipe.reference, recipe.packages, recipe.env, recipe.command, recipe.edition]))
    .update(new Uint8Array(trusted))
    .digest('hex')
  const present = await findStandIn(connection, recipe.reference)
  if (present?.content === content) return recipe.reference
  options.say?.(`No registry answers: making the stand-in image ${recipe.reference} from Debian and npm packages`)
  const root = await mkdtemp(join(tmpdir(), 'handcar-base-'))
  try {
    await unpackDebianPackages([...recipe.packages, 'busybox-static'], root, await cacheOf(options))
    await furnish(root, trusted, recipe.user)
    await recipe.finish(root)
    await importRootFileSystem(connection, root, recipe.reference, {
      env: { PATH: searchPath, NODE_EXTRA_CA_CERTS: certificates, SSL_CERT_FILE: certificates, ...recipe.env },
      labels: { [contentLabel]: content },
      command: recipe.command,
      owners: { [`home/${recipe.user}`]: 1000, config: 1000, data: 1000 },
    })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
  // The one that lost its name; where something still uses it Docker refuses, and it stays.
  if (present) await connection.attempt((docker, abortSignal) => docker.getImage(present.id).remove({ abortSignal }))
  return recipe.reference
}

async function findStandIn(connection: DockerConnection, reference: string) {
  const answer = await connection.attempt((docker) => docker.getImage(reference).inspect())
  return answer.ok ? { id: answer.value.Id, content: answer.value.Config.Labels?.[contentLabel] } : undefined
}

/** What every root needs: folders, the tools of busybox, users, the certificates that this server trusts. */
async function furnish(root: string, trusted: Buffer, user: string): Promise<void> {
  const folders = [
    'bin',
    'tmp',
    'root',
    'proc',
    'sys',
    'dev',
    'run',
    'etc/ssl/certs',
    'usr/bin',
    'usr/local/bin',
    'var/tmp',
  ]
  for (const folder of [...folders, `home/${user}`]) await mkdir(join(root, folder), { recursive: true })
  for (const folder of ['tmp', 'var/tmp']) await chmod(join(root, folder), 0o1777)
  const tools = (await expectSuccess(join(root, 'bin/busybox'), ['--list'])).split('\n').filter((tool) => tool !== '')
  const present = new Set([...(await readdir(join(root, 'bin'))), ...(await readdir(join(root, 'usr/bin')))])
  for (const tool of tools) if (!present.has(tool)) await symlink('/bin/busybox', join(root, 'bin', tool))
  if (!present.has('env')) await symlink('/bin/busybox', join(root, 'usr/bin/env'))
  await writeFile(join(root, certificates), trusted)
  const users = [
    ['root', 0, '/root'],
    ['www-data', 33, '/'],
    [user, 1000, `/home/${user}`],
  ] as const
  const passwords = users.map(([name, id, home]) => `${name}:x:${id}:${id}::${home}:/bin/sh\n`)
  await writeFile(join(root, 'etc/passwd'), passwords.join(''))
  await writeFile(join(root, 'etc/group'), users.map(([name, id]) => `${name}:x:${id}:\n`).join(''))
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  await expectSuccess('ldconfig', ['-r', root])
}

/** The unpacked folder of a package from npm; `name@range` is resolved by the registry. */
async function npmPackage(cache: string, specifier: string): Promise<string> {
  const folder = join(cache, 'npm', specifier)
  if (existsSync(folder)) return join(folder, 'package')
  await mkdir(join(cache, 'npm'), { recursive: true })
  // Beside it first: an interrupted download must not look like a whole one.
  const stage = await mkdtemp(join(cache, 'npm', '.stage-'))
  try {
    await expectSuccess('npm', ['pack', '--silent', '--pack-destination', stage, '--', specifier])
    const archive = (await readdir(stage)).find((name) => name.endsWith('.tgz'))
    if (archive === undefined) throw baseFailed(`npm did not give ${specifier}`)
    await expectSuccess('tar', ['-xzf', join(stage, archive), '-C', stage])
    await rm(join(stage, archive))
    if (!existsSync(folder)) await rename(stage, folder)
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  return join(folder, 'package')
}

async function expectSuccess(command: string, args: string[]): Promise<string> {
  const result = await run(command, args, {
    directory: tmpdir(),
    environment: { HOME: homedir(), NODE_EXTRA_CA_CERTS: certificates, SSL_CERT_FILE: certificates },
    timeoutMs: 10 * 60_000,
  })
  if (result.exitCode !== 0) throw baseFailed(`${command} ended with ${result.exitCode}: ${result.stderr.slice(-500)}`)
  return result.stdout.toString('utf8')
}

function baseFailed(message: string): HandcarError {
  return new HandcarError({
    code: 'engine.base_image_failed',
    kind: 'unavailable',
    message: `The stand-in base image could not be made: ${message}`,
    hint: 'It needs a Debian or Ubuntu server that reaches its package mirror and the npm registry.',
  })
}

/** Never below a directory that everybody writes to. */
function cacheOf({ cacheDirectory }: BaseImageOptions): Promise<string> {
  const ours = process.getuid?.() === 0 ? '/var/cache/handcar' : join(homedir(), '.cache/handcar')
  return ownDirectory(cacheDirectory ?? ours)
}

function nodeArchitecture(): string {
  return arch() === 'arm64' ? 'arm64' : 'x64'
}
