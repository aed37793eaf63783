/**
 * What runs replicas. Every method may be called again with the same arguments after a crash, has its own deadline,
 * and throws only {@link import('../kernel/errors.ts').HandcarError} of kind `unavailable` or `timeout` when the
 * engine itself is unwell. What a tenant's program does is an answer, never an exception.
 */
export interface ContainerEngine {
  /** Engine version and the limits we depend on. Throws `unavailable` while the engine is away. */
  version(): Promise<EngineVersion>

  /** IPv4 subnets in CIDR form that a new network must not touch: host routes and existing networks. */
  takenSubnets(): Promise<string[]>
  /**
   * Makes the environment's bridge if it is missing; found by label, never by name.
   * Throws `conflict` with the code `engine.subnet_taken` when something else has the subnet: take another one.
   */
  ensureNetwork(plan: NetworkPlan): Promise<void>
  /** Removes the environment's network if no replica is attached, running or not; absent is fine. */
  removeNetwork(environmentId: string): Promise<void>
  listNetworks(): Promise<RunningNetwork[]>

  /** Creates the replica without starting it. An existing one of the same id and image is adopted. */
  create(plan: ReplicaPlan): Promise<CreateOutcome>
  /** Starts a created replica; already running is fine. */
  start(replicaId: string): Promise<StartOutcome>
  /** From now on the engine restarts the replica by itself, also while Handcar is down and after a reboot. */
  keepRunning(replicaId: string): Promise<void>
  /** Stop signal, then kill after the grace. Resolves when it has ended; absent is fine. */
  stop(replicaId: string, graceSeconds: number): Promise<void>
  /** Removes the replica with its anonymous volumes; running ones are killed; absent is fine. Never a named volume. */
  remove(replicaId: string): Promise<void>
  /** Everything that carries this installation's label, running or not. */
  list(): Promise<RunningReplica[]>
  inspect(replicaId: string): Promise<RunningReplica | undefined>

  /** Output of the replica, oldest first. With `follow` it goes on until the replica ends or the signal aborts. */
  logs(replicaId: string, options: LogOptions): AsyncIterable<OutputLine>
  /** Changes of this installation's replicas from the call on. Ends (does not throw) when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>

  /** One readiness check from the host over the replica's own network. Never throws for what the app answers. */
  probe(address: string, check: ProbeCheck): Promise<ProbeResult>
  /** Established TCP connections from the host to `address:port`. */
  openConnections(address: string, port: number): Promise<number>
  /** TCP ports that the program inside listens on, read from its own network namespace. */
  listeners(replicaId: string): Promise<Listener[]>
  /** First bytes of the program that the replica starts, to tell a foreign architecture; undefined if not found. */
  programHead(replicaId: string): Promise<Uint8Array | undefined>
}

export interface EngineVersion {
  version: string
  apiVersion: string
  architecture: string
  /** Free bytes on the file system that holds images, and its size. */
  diskFreeBytes: number
  diskTotalBytes: number
}

export interface NetworkPlan {
  environmentId: string
  projectId: string
  /** A /24 in CIDR form. `.1` is the bridge; every other address is handed out by us. */
  subnet: string
}

export interface RunningNetwork {
  environmentId: string
  subnet: string
}

/** All that may vary between replicas. Everything else of a container's spec is fixed by the adapter. */
export interface ReplicaPlan {
  replicaId: string
  /** Deterministic, so that a create after a crash finds the first one. */
  name: string
  labels: ReplicaLabels
  image: string
  /** Replaces the image's command, run as `sh -c "exec …"` inside the container; empty keeps the image's own. */
  startCommand: string | undefined
  variables: Record<string, string>
  address: string
  /** Name under which siblings on the network find the service. */
  alias: string
  memoryBytes: number
  /** 1000 = one core. */
  cpuMillis: number
  stopGraceSeconds: number
}

export interface ReplicaLabels {
  project: string
  environment: string
  service: string
  deployment: string
  replica: string
}

export type CreateOutcome = { ok: true } | { ok: false; reason: 'image_missing' | 'refused'; message: string }
export type StartOutcome = { ok: true } | { ok: false; reason: 'not_found' | 'cannot_start'; message: string }

export interface RunningReplica {
  replicaId: string
  labels: ReplicaLabels
  state: 'created' | 'running' | 'restarting' | 'exited'
  exitCode: number | undefined
  outOfMemory: boolean
  /** Engine's own message why the program did not start, as it gave it. */
  error: string
  /** Milliseconds since the epoch; changes with every start. */
  startedAt: number | undefined
  /** Restarts by the engine itself since the replica was created. */
  restartCount: number
  /** Undefined when it is not attached to its network. */
  address: string | undefined
  image: string
}

export interface LogOptions {
  /** Last lines to begin with. */
  tail: number
  follow: boolean
  signal?: AbortSignal
}

export interface OutputLine {
  stream: 'stdout' | 'stderr'
  /** Milliseconds since the epoch. */
  at: number
  text: string
}

export interface EngineEvent {
  kind: 'started' | 'ended' | 'out_of_memory' | 'removed' | 'disconnected'
  replicaId: string
  serviceId: string
  exitCode: number | undefined
}

export interface ProbeCheck {
  port: number
  /** Undefined: ready means that the port accepts a connection. */
  path: string | undefined
  /** Real host name of the service, sent as `Host`. */
  host: string
  timeoutMs: number
}

export type ProbeResult =
  | { kind: 'ready' }
  | { kind: 'refused' }
  | { kind: 'no_answer' }
  /** `body` is at most the first 200 bytes. */
  | { kind: 'bad_status'; status: number; body: string }

export interface Listener {
  address: string
  port: number
  /** Only reachable from inside. */
  loopback: boolean
}
