import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from '../../src/kernel/process.ts'
import { freePorts, traefikPath } from '../support/traefik.ts'
import type { Target } from './answers.ts'
import { countContainers, removeInstall } from './docker-things.ts'
import type { Ending } from './ending.ts'
import { lastLines, type Program, startProgram } from './processes.ts'

/** A Handcar of its own: fresh data directory, free ports, server and Traefik side by side as the installer sets up. */
export interface Installation {
  dataDirectory: string
  installId: string
  /** Address of the panel through Traefik, as a browser or git reaches it on this machine. */
  origin: string
  httpPort: number
  traefikApiPort: number
  serverPid(): number
  traefikPid: number
  startServer(): Promise<void>
  stopServer(): Promise<void>
  /** Runs a server command; what it printed. */
  command(...args: string[]): Promise<string>
  /** Where git pushes to. */
  remote(project: string, service: string): string
  status(): Promise<ServiceStatus[]>
  /** An app as a visitor reaches it: through Traefik. */
  target(service: ServiceStatus): Target
  /** Resolves when exactly so many replicas are there, and nothing is being drained or taken away any more. */
  untilCalm(replicas: number): Promise<void>
}

/** The part of `status --json` that is used here. */
export interface ServiceStatus {
  id: string
  project: string
  environment: string
  service: string
  url: string
  live: number | null
  deployments: Array<{ number: number; state: string; commit: string }>
}

const readyTimeoutMs = 30_000
const calmTimeoutMs = 90_000
/** After the last container has gone: rows are written, events are read. */
const settleMs = 300

export async function startInstallation(executable: string, directory: string, ending: Ending): Promise<Installation> {
  const [port = 0, traefikApiPort = 0, httpPort = 0, httpsPort = 0] = await freePorts(4)
  const dataDirectory = join(directory, 'data')
  await mkdir(directory, { recursive: true })
  await mkdir(dataDirectory, { mode: 0o700 })
  const environment = {
    HANDCAR_DATA: dataDirectory,
    HANDCAR_PORT: String(port),
    HANDCAR_TRAEFIK_API_PORT: String(traefikApiPort),
    HANDCAR_HTTP_PORT: String(httpPort),
    HANDCAR_HTTPS_PORT: String(httpsPort),
    HANDCAR_TRAEFIK_BIN: await traefikPath(),
  }
  const start = (name: string, path: string): Program => {
    const logFile = join(directory, `${name}.log`)
    const program = startProgram(executable, [name], { environment, logFile })
    ending.add(`stop ${name} ${path}`, () => program.stop())
    return program
  }
  let server: Program | undefined
  const startServer = async () => {
    const started = start('serve', dataDirectory)
    server = started
    await untilAnswers(`http://127.0.0.1:${port}/healthz`, started, join(directory, 'serve.log'))
  }
  await startServer()
  const installId = readInstallId(join(dataDirectory, 'handcar.db'))
  ending.add('remove what the benchmark deployed', async () => {
    await server?.stop()
    await removeInstall(installId)
  })
  const traefik = start('proxy', dataDirectory)
  await untilAnswers(`http://127.0.0.1:${httpPort}/healthz`, traefik, join(directory, 'proxy.log'))
  const command = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(executable, args, { environment, timeoutMs: 60_000 })
    if (exitCode !== 0) throw new Error(`handcar ${args.join(' ')} failed: ${stderr}`)
    return stdout.toString('utf8').trim()
  }
  const token = await command('token', 'create', 'bench')
  return {
    dataDirectory,
    installId,
    origin: `http://127.0.0.1:${httpPort}`,
    httpPort,
    traefikApiPort,
    traefikPid: traefik.pid,
    serverPid: () => server?.pid ?? 0,
    startServer,
    stopServer: async () => server?.stop(),
    command,
    remote: (project, service) => `http://bench:${token}@127.0.0.1:${httpPort}/git/${project}/${service}.git`,
    status: async () => (JSON.parse(await command('status', '--json')) as { services: ServiceStatus[] }).services,
    target: ({ url }) => ({ address: '127.0.0.1', port: httpPort, host: new URL(url).host }),
    untilCalm: (replicas) => untilCalm(installId, replicas),
  }
}

async function untilAnswers(url: string, program: Program, logFile: string): Promise<void> {
  const until = performance.now() + readyTimeoutMs
  while (performance.now() < until) {
    if (program.hasEnded()) throw new Error(`it ended while it started:\n${lastLines(logFile)}`)
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere) return
    await wait(50)
  }
  throw new Error(`${url} did not answer within ${readyTimeoutMs / 1000} s:\n${lastLines(logFile)}`)
}

/** Every container of the server under test carries this id. */
function readInstallId(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const row = database.prepare("SELECT value FROM setting WHERE name = 'install_id'").get()
    if (typeof row?.value !== 'string') throw new Error(`${path} holds no install_id`)
    return row.value
  } finally {
    database.close()
  }
}

async function untilCalm(installId: string, replicas: number): Promise<void> {
  const until = performance.now() + calmTimeoutMs
  while (performance.now() < until) {
    if ((await countContainers(installId)) === replicas) return wait(settleMs)
    await wait(100)
  }
  throw new Error(`there are still not exactly ${replicas} replicas after ${calmTimeoutMs / 1000} s`)
}
