import { expect } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import type { ContainerEngine, NetworkPlan, OutputLine, ReplicaPlan } from '../../src/ports/container-engine.ts'

/** Programs that the suite needs; each adapter brings them in its own way. */
export type ContractProgram =
  /** Prints `hello` and `to stderr`, listens on 3000, answers 200. */
  | 'server'
  /** The same, on 127.0.0.1 only. */
  | 'loopback'
  /** Listens on 3000, answers 500 and `out of order` 100 times over. */
  | 'broken'
  /** Ends at once with code 3. */
  | 'failing'

export interface EngineHarness {
  engine: ContainerEngine
  /** What makes a replica of this program: its image and, where needed, its start command. */
  program(name: ContractProgram): Pick<ReplicaPlan, 'image' | 'startCommand'>
  missingImage: string
  freeSubnet(): Promise<string>
  /** Makes the program of a running replica end by itself. */
  crash(replicaId: string): Promise<void>
  /** Opens connections from this machine; resolves to their end. */
  connect(address: string, port: number, count: number): Promise<() => Promise<void>>
  cleanUp(): Promise<void>
}

/** One engine with one network, and short ways to make replicas on it. */
export class ContractSuite {
  private readonly make: () => Promise<EngineHarness>
  private opened: { harness: EngineHarness; network: NetworkPlan } | undefined
  private lastAddress = 1

  constructor(make: () => Promise<EngineHarness>) {
    this.make = make
  }

  get harness(): EngineHarness {
    return this.begun.harness
  }

  get engine(): ContainerEngine {
    return this.begun.harness.engine
  }

  get network(): NetworkPlan {
    return this.begun.network
  }

  async begin(): Promise<void> {
    const harness = await this.make()
    const network = { environmentId: newId(), projectId: newId(), subnet: await harness.freeSubnet() }
    this.opened = { harness, network }
    await harness.engine.ensureNetwork(network)
  }

  async removeReplicas(): Promise<void> {
    for (const { replicaId } of await this.engine.list()) await this.engine.remove(replicaId)
  }

  async end(): Promise<void> {
    await this.opened?.harness.cleanUp()
  }

  /** A plan on the suite's network, with an address of its own. */
  plan(program: ContractProgram, change: Partial<ReplicaPlan> = {}): ReplicaPlan {
    this.lastAddress += 1
    const replicaId = newId()
    return {
      replicaId,
      name: `handcar-${replicaId}`,
      labels: {
        project: this.network.projectId,
        environment: this.network.environmentId,
        service: newId(),
        deployment: newId(),
        replica: replicaId,
      },
      ...this.harness.program(program),
      variables: { PORT: '3000' },
      address: this.network.subnet.replace('0/24', String(this.lastAddress)),
      alias: 'web',
      memoryBytes: 256 * 1024 * 1024,
      cpuMillis: 1000,
      stopGraceSeconds: 5,
      ...change,
    }
  }

  async run(program: ContractProgram): Promise<ReplicaPlan> {
    const plan = this.plan(program)
    expect(await this.engine.create(plan)).toEqual({ ok: true })
    expect(await this.engine.start(plan.replicaId)).toEqual({ ok: true })
    return plan
  }

  async runReady(program: ContractProgram): Promise<ReplicaPlan> {
    const plan = await this.run(program)
    await this.untilReady(plan)
    return plan
  }

  async untilReady(plan: ReplicaPlan): Promise<void> {
    const check = { port: 3000, path: undefined, host: 'web.test', timeoutMs: 2000 }
    await until(async () => (await this.engine.probe(plan.address, check)).kind === 'ready')
  }

  private get begun() {
    if (!this.opened) throw new Error('the suite has not begun')
    return this.opened
  }
}

/** Waits for something to become true; the test's own time limit ends it. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 50))
}

export async function collect(lines: AsyncIterable<OutputLine>): Promise<OutputLine[]> {
  const all: OutputLine[] = []
  for await (const line of lines) all.push(line)
  return all
}
