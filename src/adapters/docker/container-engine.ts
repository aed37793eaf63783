import { statfs } from 'node:fs/promises'
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode'
import { HandcarError } from '../../kernel/errors.ts'
import type {
  ContainerEngine,
  CreateOutcome,
  EngineVersion,
  LogOptions,
  OutputLine,
  ReplicaPlan,
  RunningReplica,
  StartOutcome,
} from '../../ports/container-engine.ts'
import { inBatches } from './batches.ts'
import { type Answer, connectDocker, type DockerConnection, engineFailed, engineUnavailable } from './connect.ts'
import { containerSpec } from './container-spec.ts'
import { engineEvents } from './engine-events.ts'
import { label, labelFilter, readReplicaLabels } from './labels.ts'
import { logLines } from './log-frames.ts'
import { Networks } from './networks.ts'
import { openFilesLimit } from './open-files.ts'
import { probe } from './probe.ts'
import { connectionsTo, listenersOf } from './proc-net.ts'
import { programHead } from './program-head.ts'

export interface DockerEngineOptions {
  /** Unix socket of the daemon; the system's by default. */
  socketPath?: string
  /** Only what carries this id in `handcar.install` is ours. */
  installId: string
}

const removeTimeoutMs = 90_000
const startTimeoutMs = 90_000
/** Beyond the grace that a stop gives to the program. */
const stopMarginMs = 60_000

export function dockerContainerEngine(options: DockerEngineOptions): ContainerEngine {
  return new DockerEngine(connectDocker(options.socketPath), options.installId)
}

class DockerEngine implements ContainerEngine {
  readonly probe = probe
  readonly openConnections = connectionsTo
  private readonly connection: DockerConnection
  private readonly installId: string
  private readonly networks: Networks
  /** Docker's ids of replicas seen before: asking by label is a walk through every container. */
  private readonly ids = new Map<string, string>()
  private imageFolder: string | undefined

  constructor(connection: DockerConnection, installId: string) {
    this.connection = connection
    this.installId = installId
    this.networks = new Networks(connection, installId)
  }

  async version(): Promise<EngineVersion> {
    const apiVersion = await this.connection.apiVersion()
    const said = await this.connection.call((docker) => docker.version())
    this.imageFolder ??= await this.findImageFolder()
    const disk = await statfs(this.imageFolder)
    return {
      version: said.Version,
      apiVersion,
      architecture: said.Arch,
      diskFreeBytes: disk.bavail * disk.bsize,
      diskTotalBytes: disk.blocks * disk.bsize,
    }
  }

  takenSubnets = () => this.networks.takenSubnets()
  ensureNetwork: ContainerEngine['ensureNetwork'] = (plan) => this.networks.ensure(plan)
  removeNetwork: ContainerEngine['removeNetwork'] = (environmentId) => this.networks.remove(environmentId)
  listNetworks = () => this.networks.list()

  async create(plan: ReplicaPlan): Promise<CreateOutcome> {
    const networkId = await this.networks.idOf(plan.labels.environment)
    if (networkId === undefined) return refused('the network of the environment does not exist')
    const spec = containerSpec(plan, this.installId, networkId, await openFilesLimit())
    const answer = await this.createContainer(plan.replicaId, spec)
    // 409: the name is taken. By this very replica, if an earlier create was cut off or carried out before a crash.
    const present = !answer.ok && answer.status === 409 ? await this.find(plan.replicaId) : undefined
    if (present?.Config.Image === plan.image) return { ok: true }
    if (!present) return createOutcome(answer)
    await this.remove(plan.replicaId)
    return createOutcome(await this.createContainer(plan.replicaId, spec))
  }

  async start(replicaId: string): Promise<StartOutcome> {
    const id = await this.idOf(replicaId)
    if (id === undefined) return { ok: false, reason: 'not_found', message: 'the replica does not exist' }
    const answer = await this.connection.attempt(
      (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }),
      startTimeoutMs,
    )
    if (answer.ok || answer.status === 304) return { ok: true }
    const reason = answer.status === 404 && /no such container/i.test(answer.message) ? 'not_found' : 'cannot_start'
    return { ok: false, reason, message: answer.message }
  }

  async keepRunning(replicaId: string): Promise<void> {
    const id = await this.idOf(replicaId)
    if (id === undefined) return
    // `unless-stopped` would not come back after the daemon was killed.
    const RestartPolicy = { Name: 'always' }
    tolerate(
      await this.connection.attempt((docker, abortSignal) =>
        docker.getContainer(id).update({ RestartPolicy, abortSignal }),
      ),
      404,
    )
  }

  async stop(replicaId: string, graceSeconds: number): Promise<void> {
    const id = await this.idOf(replicaId)
    if (id === undefined) return
    const answer = await this.connection.attempt(
      (docker, abortSignal) => docker.getContainer(id).stop({ t: graceSeconds, abortSignal }),
      graceSeconds * 1000 + stopMarginMs,
    )
    tolerate(answer, 304, 404)
  }

  async remove(replicaId: string): Promise<void> {
    const id = await this.idOf(replicaId)
    if (id === undefined) return
    const answer = await this.connection.attempt(
      (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      removeTimeoutMs,
    )
    // 409: somebody else's removal is under way.
    if (!answer.ok && answer.status === 409) await this.waitUntilGone(id)
    else tolerate(answer, 404)
    this.ids.delete(replicaId)
  }

  async list(): Promise<RunningReplica[]> {
    const found = await this.summaries({})
    const replicas = await inBatches(found, ({ Id }) => this.inspectContainer(Id))
    return replicas.flatMap((container) => (container ? [runningReplica(container)] : []))
  }

  async inspect(replicaId: string): Promise<RunningReplica | undefined> {
    const container = await this.find(replicaId)
    return container && runningReplica(container)
  }

  async *logs(replicaId: string, options: LogOptions): AsyncIterable<OutputLine> {
    const id = await this.idOf(replicaId)
    if (id === undefined || options.signal?.aborted) return
    const query = {
      stdout: '1',
      stderr: '1',
      timestamps: '1',
      tail: String(options.tail),
      follow: String(options.follow),
    }
    const path = `/containers/${id}/logs`
    try {
      const answer = await this.connection.open({ method: 'GET', path, query, signal: options.signal })
      if (!answer.ok) {
        tolerate(answer, 404, 409)
        return
      }
      try {
        yield* logLines(answer.value.body)
      } finally {
        answer.value.body.destroy()
      }
    } catch (error) {
      if (options.signal?.aborted) return
      throw error instanceof HandcarError ? error : engineUnavailable(this.connection.socketPath, error)
    }
  }

  events: ContainerEngine['events'] = (signal) => {
    const { connection, installId } = this
    return engineEvents({ connection, installId, whoIsDetached: (id) => this.whoIsDetached(id) }, signal)
  }

  async listeners(replicaId: string) {
    const container = await this.find(replicaId)
    return container?.State.Running && container.State.Pid > 0 ? listenersOf(container.State.Pid) : []
  }

  async programHead(replicaId: string) {
    const container = await this.find(replicaId)
    return container && programHead(this.connection, container)
  }

  private async whoIsDetached(containerId: string) {
    const container = await this.inspectContainer(containerId)
    if (container?.Config.Labels?.[label.install] !== this.installId) return undefined
    const replica = runningReplica(container)
    if (replica.state !== 'running' || replica.address !== undefined) return undefined
    return { replicaId: replica.replicaId, serviceId: replica.labels.service }
  }

  private async findImageFolder(): Promise<string> {
    const said: { DockerRootDir?: string } = await this.connection.call((docker) => docker.info())
    return said.DockerRootDir ?? '/'
  }

  private async waitUntilGone(id: string): Promise<void> {
    const answer = await this.connection.attempt(
      (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }),
      removeTimeoutMs,
    )
    tolerate(answer, 404)
  }

  private async createContainer(replicaId: string, spec: ContainerCreateOptions): Promise<Answer<unknown>> {
    const answer = await this.connection.attempt((docker, abortSignal) =>
      docker.createContainer({ ...spec, abortSignal }),
    )
    if (answer.ok) this.ids.set(replicaId, answer.value.id)
    return answer
  }

  private async find(replicaId: string): Promise<ContainerInspectInfo | undefined> {
    const known = this.ids.get(replicaId)
    const container = known === undefined ? undefined : await this.inspectContainer(known)
    if (container) return container
    this.ids.delete(replicaId)
    const id = await this.idOf(replicaId)
    return id === undefined ? undefined : this.inspectContainer(id)
  }

  /** One that somebody removed meanwhile may still be named here; every call answers that with 404. */
  private async idOf(replicaId: string): Promise<string | undefined> {
    const known = this.ids.get(replicaId)
    if (known !== undefined) return known
    const id = (await this.summaries({ [label.replica]: replicaId }))[0]?.Id
    if (id !== undefined) this.ids.set(replicaId, id)
    return id
  }

  private summaries(labels: Record<string, string>) {
    const filters = labelFilter({ [label.install]: this.installId, ...labels })
    return this.connection.call((docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }))
  }

  private async inspectContainer(id: string): Promise<ContainerInspectInfo | undefined> {
    const answer = await this.connection.attempt((docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    )
    tolerate(answer, 404)
    return answer.ok ? answer.value : undefined
  }
}

/** Throws unless the answer is a success or one of these refusals, which mean that there was nothing to do. */
function tolerate(answer: Answer<unknown>, ...statuses: number[]): void {
  if (!answer.ok && !statuses.includes(answer.status)) throw engineFailed(answer.message)
}

function createOutcome(answer: Answer<unknown>): CreateOutcome {
  if (answer.ok) return { ok: true }
  if (answer.status >= 500) throw engineFailed(answer.message)
  const isImageMissing = answer.status === 404 && /no such image/i.test(answer.message)
  return isImageMissing ? { ok: false, reason: 'image_missing', message: answer.message } : refused(answer.message)
}

function refused(message: string): CreateOutcome {
  return { ok: false, reason: 'refused', message }
}

function runningReplica(container: ContainerInspectInfo): RunningReplica {
  const { State: state, Config: config } = container
  const hasEnded = state.Status === 'exited' || state.Status === 'dead'
  const endpoint = Object.values(container.NetworkSettings.Networks)[0]
  const address = endpoint?.IPAddress || endpoint?.IPAMConfig?.IPv4Address
  const startedAt = Date.parse(state.StartedAt)
  return {
    replicaId: config.Labels?.[label.replica] ?? '',
    labels: readReplicaLabels(config.Labels),
    state: stateOf(state),
    exitCode: hasEnded || state.Restarting ? state.ExitCode : undefined,
    outOfMemory: state.OOMKilled,
    error: state.Error,
    // Go's zero time is the year 1.
    startedAt: startedAt > 0 ? startedAt : undefined,
    restartCount: container.RestartCount,
    address: address || undefined,
    image: config.Image,
  }
}

function stateOf(state: ContainerInspectInfo['State']): RunningReplica['state'] {
  if (state.Restarting) return 'restarting'
  if (state.Running) return 'running'
  return state.Status === 'created' ? 'created' : 'exited'
}
