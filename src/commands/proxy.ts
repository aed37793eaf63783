import { mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execve } from 'node:process'
import { findTraefik } from '../adapters/traefik/binary.ts'
import { prepareTraefik } from '../adapters/traefik/prepare.ts'
import { staticConfig } from '../adapters/traefik/static-config.ts'
import { type Config, readConfig } from '../kernel/config.ts'
import { assert, HandcarError } from '../kernel/errors.ts'
import { run } from '../kernel/process.ts'
import { exitCodes, print, readArguments } from './command.ts'

/** User and group that Traefik runs as; made by the installer. */
const proxyUser = 'handcar-proxy'
/** Where Traefik is kept; the installer puts it there. */
export const libraryDirectory = '/usr/local/lib/handcar'
/** Where the installer puts this program. */
const installedProgram = '/usr/local/bin/handcar'
const insideOption = '--inside'
/** For the installer: prints what Traefik would be started with, and starts nothing. */
const configurationOption = '--configuration'
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Prepares Traefik's files and then becomes Traefik: nothing of Handcar stays behind, so neither restarts the other.
 *
 * As root it first moves into a mount namespace in which the data directory holds nothing but `traefik`: the directory
 * stays closed to everybody else (0700), and Traefik, as its own user, sees its own files at their usual place.
 */
export async function proxy(args: string[]): Promise<number> {
  const { options } = readArguments(args, { count: 0, options: [insideOption, configurationOption], usage: 'proxy' })
  const config = readConfig()
  const directory = join(config.dataDirectory, 'traefik')
  if (options.has(configurationOption)) {
    print(staticConfig(resolve(directory), portsOf(config)))
    return exitCodes.done
  }
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 })
  await mkdir(directory, { recursive: true })
  const owner = await findProxyUser()
  if (owner !== undefined && !options.has(insideOption)) {
    return replaceBy('/usr/bin/unshare', ['--mount', '--propagation', 'private', '--', ...ourselves(), insideOption])
  }
  if (owner !== undefined) await hideAllBut(directory, await realpath(config.dataDirectory))
  const { path } = await findTraefik({ libraryDirectory, binary: config.traefikBinary, keepInstalled: true })
  const { configFile } = await prepareTraefik({ directory, panelPort: config.port, ...portsOf(config), owner })
  const traefik = [path, `--configFile=${configFile}`] as const
  return owner === undefined ? replaceBy(traefik[0], [traefik[1]]) : replaceBy('/usr/bin/setpriv', asProxyUser(traefik))
}

function portsOf({ httpPort, httpsPort, traefikApiPort: apiPort }: Config) {
  return { httpPort, httpsPort, apiPort }
}

/** Ids of the proxy's user; undefined when we may not change users, and beside a checkout when there is none. */
async function findProxyUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const ids = await Promise.all(['-u', '-g'].map((kind) => run('id', [kind, proxyUser])))
  const [uid, gid] = ids.map(({ exitCode, stdout }) => (exitCode === 0 ? Number(stdout.toString('utf8')) : Number.NaN))
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: Number(uid), gid: Number(gid) }
  if (process.execPath !== installedProgram) return undefined
  throw new HandcarError({
    code: 'proxy.no_user',
    kind: 'unavailable',
    message: `Traefik does not run as root, and its own user ${proxyUser} is not found on this machine`,
    hint: 'Run sh install.sh again: it makes that user',
  })
}

/** Runs inside a mount namespace of our own; outside of it nothing changes. */
async function hideAllBut(directory: string, dataDirectory: string): Promise<void> {
  const aside = '/run/handcar-proxy'
  await mkdir(aside, { recursive: true, mode: 0o700 })
  await mount(['--bind', directory, aside])
  await mount(['-t', 'tmpfs', '-o', 'mode=0755,size=64k,nosuid,nodev', 'handcar', dataDirectory])
  await mkdir(join(dataDirectory, 'traefik'))
  await mount(['--move', aside, join(dataDirectory, 'traefik')])
}

async function mount(args: string[]): Promise<void> {
  const { exitCode, stderr } = await run('mount', args)
  if (exitCode === 0) return
  throw new HandcarError({
    code: 'proxy.cannot_separate',
    kind: 'unavailable',
    message: `Traefik cannot be kept apart from the other files: ${stderr.trim()}`,
    hint: 'Handcar needs a machine of its own (or a virtual one), where root may mount',
  })
}

/** Its own user, the one capability for ports below 1024, and no way to more. */
function asProxyUser(command: readonly string[]): string[] {
  const capability = '-all,+net_bind_service'
  return [
    `--reuid=${proxyUser}`,
    `--regid=${proxyUser}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
    `--bounding-set=${capability}`,
    '--no-new-privs',
    '--',
    ...command,
  ]
}

/** How this very command was started. */
function ourselves(): string[] {
  const [, script] = process.argv
  const isBundle = script !== undefined && script !== process.execPath && /\.[cm]?[jt]s$/.test(script)
  return [process.execPath, ...(isBundle ? [script] : []), 'proxy']
}

/** The process goes on as another program, with the same id. Comes back only when that fails, by throwing. */
function replaceBy(program: string, args: string[]): number {
  const { dataDirectory, port, httpPort, httpsPort, traefikApiPort, traefikBinary } = readConfig()
  assert(execve !== undefined, 'Node 26 can replace a process')
  execve(program, [program, ...args], {
    PATH: searchPath,
    HANDCAR_DATA: dataDirectory,
    HANDCAR_PORT: String(port),
    HANDCAR_HTTP_PORT: String(httpPort),
    HANDCAR_HTTPS_PORT: String(httpsPort),
    HANDCAR_TRAEFIK_API_PORT: String(traefikApiPort),
    ...(traefikBinary === undefined ? {} : { HANDCAR_TRAEFIK_BIN: traefikBinary }),
  })
  return exitCodes.failed
}
