import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { type ProcessResult, run } from '../../src/kernel/process.ts'
import { freshBundle } from '../docker/support/bundle.ts'
import { removeInstall } from '../docker/support/docker.ts'
import { type HttpAnswer, type HttpQuestion, httpAsk } from '../docker/support/http.ts'
import { claim, type Panel } from '../docker/support/panel.ts'
import { basePrefix } from './base-image.ts'
import { freePorts, traefikPath } from './traefik.ts'

/** `status --json`, as INTERFACE pins it. */
export interface Status {
  version: string
  panel: string
  services: ServiceStatus[]
}

export interface ServiceStatus {
  id: string
  project: string
  environment: string
  service: string
  url: string
  live: number | null
  deployments: DeploymentStatus[]
  replicas: Array<{ deployment: number; state: string; address: string | null }>
}

export interface DeploymentStatus {
  number: number
  state: string
  step: string
  code: string | null
  commit: string
  createdAt: string
  endedAt: string | null
}

export interface HandcarPorts {
  panel: number
  http: number
  https: number
  traefikApi: number
}

export interface StartOptions {
  /** Settings besides the ports. A data directory of one's own is not removed. */
  environment?: Record<string, string>
  /** False: only the server; nobody has claimed it and no Traefik runs. */
  isComplete?: boolean
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A Handcar of its own, real in every part: server, Traefik, data directory and ports are its own alone. */
export async function startHandcar(options: StartOptions = {}): Promise<Handcar> {
  const root = await mkdtemp(join(tmpdir(), 'handcar-real-'))
  await chmod(root, 0o755)
  await cp(await freshBundle(), join(root, 'bin'), { recursive: true })
  const [panel = 0, http = 0, https = 0, traefikApi = 0] = await freePorts(4)
  const handcar = new Handcar(root, { panel, http, https, traefikApi }, await traefikPath(), options.environment)
  try {
    await handcar.startServer()
    if (options.isComplete ?? true) {
      await handcar.startTraefik()
      await handcar.claim()
    }
    return handcar
  } catch (error) {
    const log = await handcar.serverLog()
    await handcar[Symbol.asyncDispose]()
    throw new Error(`Handcar did not start: ${error instanceof Error ? error.message : ''}\n${log}`)
  }
}

export class Handcar implements AsyncDisposable {
  readonly root: string
  readonly dataDirectory: string
  readonly ports: HandcarPorts
  readonly environment: Record<string, string>
  /** Signed in as the owner. */
  panel: Panel
  /** For git. */
  token = ''
  private server: ChildProcess | undefined
  private traefik: ChildProcess | undefined
  /** Processes that we have ended ourselves. */
  private readonly asked = new Set<ChildProcess>()
  /** What has ended although nobody asked. */
  private fallen: string | undefined

  constructor(root: string, ports: HandcarPorts, traefik: string, settings: Record<string, string> = {}) {
    this.root = root
    this.dataDirectory = settings.HANDCAR_DATA ?? join(root, 'data')
    this.ports = ports
    this.panel = { get: unclaimed, post: unclaimed }
    this.environment = {
      PATH: searchPath,
      HANDCAR_DATA: this.dataDirectory,
      HANDCAR_PORT: String(ports.panel),
      HANDCAR_HTTP_PORT: String(ports.http),
      HANDCAR_HTTPS_PORT: String(ports.https),
      HANDCAR_TRAEFIK_API_PORT: String(ports.traefikApi),
      HANDCAR_TRAEFIK_BIN: traefik,
      HANDCAR_BASE_PREFIX: basePrefix,
      HANDCAR_STOP_GRACE: '2',
      ...settings,
    }
  }

  get bundle(): string {
    return join(this.root, 'bin/handcar.cjs')
  }

  get serverPid(): number {
    return this.server?.pid ?? 0
  }

  get traefikPid(): number {
    return this.traefik?.pid ?? 0
  }

  /** Ours alone: what this Handcar makes in Docker carries it as a label. */
  get installId(): string {
    const [row] = this.rows(`SELECT value FROM setting WHERE name = 'install_id'`)
    return String(row?.value ?? '')
  }

  /** Starts the server; resolves when its panel answers. */
  async startServer(): Promise<void> {
    this.server = await this.spawn('serve')
    await answers(this.server, `http://127.0.0.1:${this.ports.panel}/healthz`, 'the server')
  }

  async startTraefik(): Promise<void> {
    this.traefik = await this.spawn('proxy')
    await answers(this.traefik, `http://127.0.0.1:${this.ports.traefikApi}/ping`, 'Traefik')
  }

  /** kill -9, as a crash. */
  killServer(): Promise<void> {
    return this.end(this.server, 'SIGKILL')
  }

  /** As systemd stops it. */
  stopServer(): Promise<void> {
    return this.end(this.server, 'SIGTERM')
  }

  killTraefik(): Promise<void> {
    return this.end(this.traefik, 'SIGKILL')
  }

  async claim(): Promise<void> {
    const { stdout } = await this.command('setup-token')
    this.panel = await claim(this.ports.panel, stdout.trim().split('#')[1] ?? '')
    this.token = (await this.command('token', 'create', 'laptop')).stdout.trim()
  }

  /** `handcar …` on the box. */
  async command(...args: string[]): Promise<Omit<ProcessResult, 'stdout'> & { stdout: string }> {
    const { environment } = this
    const done = await run(process.execPath, [this.bundle, ...args], { environment, timeoutMs: 60_000 })
    return { ...done, stdout: done.stdout.toString('utf8') }
  }

  async status(): Promise<Status> {
    const { stdout, stderr } = await this.command('status', '--json')
    if (stdout === '') throw new Error(`handcar status failed: ${stderr}`)
    return JSON.parse(stdout) as Status
  }

  /** The one service, or that of `project/service`. */
  async service(name?: string): Promise<ServiceStatus> {
    const { services } = await this.status()
    const found = services.find(({ project, service }) => name === undefined || `${project}/${service}` === name)
    if (!found) throw new Error(`there is no service ${name ?? ''}`)
    return found
  }

  /** Where git pushes to, token included: past Traefik, so that it works without, or the way people go. */
  remote(name: string, through: 'panel' | 'http' = 'panel'): string {
    return `http://any:${this.token}@127.0.0.1:${this.ports[through]}/git/${name}.git`
  }

  /** Asks an app through Traefik on loopback. */
  ask(name: string, question: HttpQuestion = {}): Promise<HttpAnswer> {
    const [project, service] = name.split('/')
    return httpAsk({ ...question, port: this.ports.http, host: `${service}-${project}.localhost` })
  }

  /** What the database holds, read beside the server. */
  rows(sql: string): Array<Record<string, unknown>> {
    const database = new DatabaseSync(join(this.dataDirectory, 'handcar.db'), { readOnly: true, timeout: 5_000 })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }

  async serverLog(): Promise<string> {
    const text = await readFile(join(this.root, 'serve.log'), 'utf8').catch(() => '')
    return text.slice(-4_000)
  }

  /** Ends both processes and removes everything that it made. Throws when one of them had ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    const installId = this.server === undefined ? '' : installIdOr(this)
    await Promise.all([this.killServer(), this.killTraefik()])
    if (installId !== '') await removeInstall(installId)
    const log = this.fallen === undefined ? '' : await this.serverLog()
    await rm(this.root, { recursive: true, force: true })
    if (this.fallen !== undefined) throw new Error(`${this.fallen}\n${log}`)
  }

  private async end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.asked.add(child)
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  private async spawn(command: string): Promise<ChildProcess> {
    const log = await open(join(this.root, `${command}.log`), 'a')
    try {
      const child = spawn(process.execPath, [this.bundle, command], {
        env: this.environment,
        stdio: ['ignore', log.fd, log.fd],
      })
      const endWithUs = () => child.kill('SIGKILL')
      process.once('exit', endWithUs)
      child.once('exit', (code, signal) => {
        process.off('exit', endWithUs)
        if (!this.asked.has(child)) this.fallen ??= `\`handcar ${command}\` ended by itself: ${code ?? signal}`
      })
      return child
    } finally {
      await log.close()
    }
  }
}

async function answers(child: ChildProcess, url: string, what: string): Promise<void> {
  for (let attempt = 0; attempt < 1_500; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what} ended while it started`)
    const isThere = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (isThere) return
    await wait(20)
  }
  throw new Error(`${what} does not answer at ${url}`)
}

/** Empty when the server never came so far as to write it down. */
function installIdOr(handcar: Handcar): string {
  try {
    return handcar.installId
  } catch {
    return ''
  }
}

function unclaimed(): Promise<never> {
  return Promise.reject(new Error('nobody has claimed this Handcar'))
}
