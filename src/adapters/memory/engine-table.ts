import { HandcarError } from '../../kernel/errors.ts'
import type {
  ContainerEngine,
  EngineEvent,
  EngineVersion,
  Listener,
  LogOptions,
  NetworkPlan,
  OutputLine,
  ProbeCheck,
  ProbeResult,
  ReplicaPlan,
  RunningReplica,
} from '../../ports/container-engine.ts'
import { BroadcastQueue } from './broadcast-queue.ts'
import { type MemoryProgram, ordinaryProgram } from './program.ts'

export interface MemoryEngineOptions {
  /** Time stamps; a counter by default, so that nothing depends on the real time. */
  now?: () => number
  /** Whether an image exists; by default all do but those that `control.forgetImage` named. */
  hasImage?: (reference: string) => Promise<boolean>
}

export type EngineCall = Exclude<keyof ContainerEngine, 'probe' | 'openConnections' | 'events'>

export interface Replica {
  plan: ReplicaPlan
  running: RunningReplica
  keepRunning: boolean
  probes: number
  output: OutputLine[]
  followers: BroadcastQueue<OutputLine>
}

/** The table behind the memory engine; tests reach into it through its control. */
export class MemoryEngine implements ContainerEngine {
  readonly replicas = new Map<string, Replica>()
  readonly networks = new Map<string, NetworkPlan>()
  readonly programs = new Map<string, Partial<MemoryProgram>>()
  readonly connectionCounts = new Map<string, number>()
  readonly missingImages = new Set<string>()
  readonly hostSubnets: string[] = []
  readonly changes = new BroadcastQueue<EngineEvent>()
  readonly calls: Array<{ call: EngineCall; target: string }> = []
  listener: (call: EngineCall, target: string) => void | Promise<void> = () => undefined
  isAway = false
  size: Pick<EngineVersion, 'diskFreeBytes' | 'diskTotalBytes'> = { diskFreeBytes: 50e9, diskTotalBytes: 100e9 }
  private ticks = 1_700_000_000_000
  private readonly options: MemoryEngineOptions

  constructor(options: MemoryEngineOptions) {
    this.options = options
  }

  async version() {
    await this.enter('version', '')
    return { version: 'memory', apiVersion: '1.44', architecture: 'amd64', ...this.size }
  }

  async takenSubnets() {
    await this.enter('takenSubnets', '')
    return [...this.hostSubnets, ...[...this.networks.values()].map((network) => network.subnet)]
  }

  async ensureNetwork(plan: NetworkPlan) {
    await this.enter('ensureNetwork', plan.environmentId)
    if (this.networks.has(plan.environmentId)) return
    const taken = [...this.hostSubnets, ...[...this.networks.values()].map(({ subnet }) => subnet)]
    if (taken.includes(plan.subnet)) throw subnetTaken(plan.subnet)
    this.networks.set(plan.environmentId, plan)
  }

  async removeNetwork(environmentId: string) {
    await this.enter('removeNetwork', environmentId)
    const isUsed = [...this.replicas.values()].some(
      ({ plan, running }) => plan.labels.environment === environmentId && running.address !== undefined,
    )
    if (!isUsed) this.networks.delete(environmentId)
  }

  async listNetworks() {
    await this.enter('listNetworks', '')
    return [...this.networks.values()].map(({ environmentId, subnet }) => ({ environmentId, subnet }))
  }

  async create(plan: ReplicaPlan) {
    await this.enter('create', plan.replicaId)
    const present = this.replicas.get(plan.replicaId)
    if (present?.plan.image === plan.image) return { ok: true } as const
    const exists = (await this.options.hasImage?.(plan.image)) ?? !this.missingImages.has(plan.image)
    if (!exists) return { ok: false, reason: 'image_missing', message: `No such image: ${plan.image}` } as const
    if (!this.networks.has(plan.labels.environment)) {
      return { ok: false, reason: 'refused', message: 'the network of the environment does not exist' } as const
    }
    if (present) this.destroy(present)
    this.replicas.set(plan.replicaId, {
      plan,
      running: createdReplica(plan),
      keepRunning: false,
      probes: 0,
      output: [],
      followers: new BroadcastQueue(),
    })
    return { ok: true } as const
  }

  async start(replicaId: string) {
    await this.enter('start', replicaId)
    const replica = this.replicas.get(replicaId)
    if (!replica) return { ok: false, reason: 'not_found', message: 'the replica does not exist' } as const
    if (replica.running.state === 'running') return { ok: true } as const
    const program = this.programOf(replica)
    const clash = [...this.replicas.values()].some(
      (other) => other.running.state === 'running' && other.running.address === replica.plan.address,
    )
    const message = program.startError ?? (clash ? `Address already in use: ${replica.plan.address}` : undefined)
    if (message !== undefined) {
      Object.assign(replica.running, { state: 'exited', exitCode: 127, error: message })
      return { ok: false, reason: 'cannot_start', message } as const
    }
    this.launch(replica)
    return { ok: true } as const
  }

  async keepRunning(replicaId: string) {
    await this.enter('keepRunning', replicaId)
    const replica = this.replicas.get(replicaId)
    if (replica) replica.keepRunning = true
  }

  async stop(replicaId: string, _graceSeconds: number) {
    await this.enter('stop', replicaId)
    const replica = this.replicas.get(replicaId)
    if (replica?.running.state === 'running') this.end(replica, this.programOf(replica).ignoresStopSignal ? 137 : 143)
  }

  async remove(replicaId: string) {
    await this.enter('remove', replicaId)
    const replica = this.replicas.get(replicaId)
    if (replica) this.destroy(replica)
  }

  async list() {
    await this.enter('list', '')
    return [...this.replicas.values()].map((replica) => structuredClone(replica.running))
  }

  async inspect(replicaId: string) {
    await this.enter('inspect', replicaId)
    const replica = this.replicas.get(replicaId)
    return replica && structuredClone(replica.running)
  }

  async *logs(replicaId: string, options: LogOptions): AsyncIterable<OutputLine> {
    await this.enter('logs', replicaId)
    const replica = this.replicas.get(replicaId)
    if (!replica) return
    const isFollowing = options.follow && replica.running.state === 'running'
    const coming = isFollowing ? replica.followers.subscribe(options.signal) : undefined
    yield* options.tail === 0 ? [] : replica.output.slice(-options.tail)
    if (coming) yield* coming
  }

  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return this.changes.subscribe(this.isAway ? AbortSignal.abort() : signal)
  }

  async probe(address: string, check: ProbeCheck): Promise<ProbeResult> {
    const replica = [...this.replicas.values()].find(
      ({ running }) => running.address === address && running.state === 'running',
    )
    if (!replica) return { kind: 'no_answer' }
    const program = this.programOf(replica)
    replica.probes += 1
    const isReached = this.listenersOf(replica).some(({ port, loopback }) => port === check.port && !loopback)
    if (!isReached || replica.probes <= program.refusedProbes) return { kind: 'refused' }
    const isFine = check.path === undefined || (program.status >= 200 && program.status <= 299)
    if (isFine) return { kind: 'ready' }
    return { kind: 'bad_status', status: program.status, body: program.body.slice(0, 200) }
  }

  async openConnections(address: string, port: number) {
    return this.connectionCounts.get(`${address}:${port}`) ?? 0
  }

  async listeners(replicaId: string) {
    await this.enter('listeners', replicaId)
    const replica = this.replicas.get(replicaId)
    return replica?.running.state === 'running' ? this.listenersOf(replica) : []
  }

  async programHead(replicaId: string) {
    await this.enter('programHead', replicaId)
    const replica = this.replicas.get(replicaId)
    return replica && this.programOf(replica).head
  }

  /** The program ends by itself. */
  end(replica: Replica, exitCode: number, outOfMemory = false): void {
    Object.assign(replica.running, { state: 'exited', exitCode, outOfMemory })
    replica.followers.end()
    if (outOfMemory) this.announce(replica, 'out_of_memory', undefined)
    this.announce(replica, 'ended', exitCode)
  }

  launch(replica: Replica): void {
    const program = this.programOf(replica)
    replica.probes = 0
    Object.assign(replica.running, { state: 'running', exitCode: undefined, error: '', outOfMemory: false })
    Object.assign(replica.running, { startedAt: this.now(), address: replica.plan.address })
    this.announce(replica, 'started', undefined)
    for (const text of program.output) this.print(replica, text, 'stdout')
    for (const text of program.errorOutput) this.print(replica, text, 'stderr')
    if (program.exitsWith !== undefined) this.end(replica, program.exitsWith, program.outOfMemory)
  }

  print(replica: Replica, text: string, stream: OutputLine['stream']): void {
    const line: OutputLine = { stream, at: this.now(), text }
    replica.output.push(line)
    replica.followers.push(line)
  }

  destroy(replica: Replica): void {
    if (replica.running.state === 'running') this.end(replica, 137)
    this.replicas.delete(replica.plan.replicaId)
    this.announce(replica, 'removed', undefined)
  }

  announce({ plan }: Replica, kind: EngineEvent['kind'], exitCode: number | undefined): void {
    this.changes.push({ kind, replicaId: plan.replicaId, serviceId: plan.labels.service, exitCode })
  }

  get(replicaId: string): Replica {
    const replica = this.replicas.get(replicaId)
    if (!replica) throw new Error(`there is no replica ${replicaId} in the memory engine`)
    return replica
  }

  private programOf({ plan }: Replica): MemoryProgram {
    return { ...ordinaryProgram, ...this.programs.get(plan.image), ...this.programs.get(plan.replicaId) }
  }

  private listenersOf(replica: Replica): Listener[] {
    const port = Number(replica.plan.variables.PORT ?? '3000')
    return this.programOf(replica).listeners ?? [{ address: '0.0.0.0', port, loopback: false }]
  }

  private async enter(call: EngineCall, target: string): Promise<void> {
    this.calls.push({ call, target })
    await this.listener(call, target)
    if (!this.isAway) return
    const message = 'Docker does not answer'
    throw new HandcarError({ code: 'engine.unavailable', kind: 'unavailable', message, hint: 'Start the engine.' })
  }

  private now(): number {
    this.ticks += 1
    return this.options.now?.() ?? this.ticks
  }
}

function subnetTaken(subnet: string): HandcarError {
  const message = `The subnet ${subnet} is already used on this server.`
  const hint = 'Handcar takes another one.'
  return new HandcarError({ code: 'engine.subnet_taken', kind: 'conflict', message, hint })
}

function createdReplica(plan: ReplicaPlan): RunningReplica {
  return {
    replicaId: plan.replicaId,
    labels: plan.labels,
    state: 'created',
    exitCode: undefined,
    outOfMemory: false,
    error: '',
    startedAt: undefined,
    restartCount: 0,
    address: plan.address,
    image: plan.image,
  }
}
