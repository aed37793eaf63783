import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isHandcarError } from '../../src/kernel/errors.ts'
import { newId } from '../../src/kernel/ids.ts'
import type {
  ContainerEngine,
  EngineEvent,
  NetworkPlan,
  OutputLine,
  ReplicaPlan,
} from '../../src/ports/container-engine.ts'

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

export function describeContainerEngine(name: string, make: () => Promise<EngineHarness>): void {
  describe(`container engine: ${name}`, () => {
    const suite = contractSuite(make)
    beforeAll(suite.begin)
    afterEach(suite.removeReplicas)
    afterAll(suite.end)
    describe('networks', () => testNetworks(suite))
    describe('life of a replica', () => testLife(suite))
    describe('what it observes', () => testObservation(suite))
  })
}

type Suite = ReturnType<typeof contractSuite>

function contractSuite(make: () => Promise<EngineHarness>) {
  let harness: EngineHarness | undefined
  let network: NetworkPlan | undefined
  let lastAddress = 1
  const known = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('the suite has not begun')
    return value
  }
  const suite = {
    get harness() {
      return known(harness)
    },
    get engine() {
      return known(harness).engine
    },
    get network() {
      return known(network)
    },
    async begin() {
      harness = await make()
      network = { environmentId: newId(), projectId: newId(), subnet: await harness.freeSubnet() }
      await harness.engine.ensureNetwork(network)
    },
    async removeReplicas() {
      for (const replica of await suite.engine.list()) await suite.engine.remove(replica.replicaId)
    },
    end: async () => harness?.cleanUp(),
    /** A plan on the suite's network, with an address of its own. */
    plan(program: ContractProgram, change: Partial<ReplicaPlan> = {}): ReplicaPlan {
      lastAddress = (lastAddress % 200) + 1
      const replicaId = newId()
      return {
        replicaId,
        name: `handcar-${replicaId}`,
        labels: {
          project: suite.network.projectId,
          environment: suite.network.environmentId,
          service: newId(),
          deployment: newId(),
          replica: replicaId,
        },
        ...suite.harness.program(program),
        variables: { PORT: '3000' },
        address: suite.network.subnet.replace('0/24', String(lastAddress + 1)),
        alias: 'web',
        memoryBytes: 256 * 1024 * 1024,
        cpuMillis: 1000,
        stopGraceSeconds: 5,
        ...change,
      }
    },
    async run(program: ContractProgram, change: Partial<ReplicaPlan> = {}): Promise<ReplicaPlan> {
      const plan = suite.plan(program, change)
      expect(await suite.engine.create(plan)).toEqual({ ok: true })
      expect(await suite.engine.start(plan.replicaId)).toEqual({ ok: true })
      return plan
    },
    async runReady(program: ContractProgram): Promise<ReplicaPlan> {
      const plan = await suite.run(program)
      await suite.untilReady(plan)
      return plan
    },
    async untilReady(plan: ReplicaPlan): Promise<void> {
      const check = { port: 3000, path: undefined, host: 'web.test', timeoutMs: 2000 }
      await until(async () => (await suite.engine.probe(plan.address, check)).kind === 'ready')
    },
  }
  return suite
}

function testNetworks(suite: Suite): void {
  it('makes an environment one network, however often it is asked', async () => {
    const plan = { environmentId: newId(), projectId: newId(), subnet: await suite.harness.freeSubnet() }
    await Promise.all([suite.engine.ensureNetwork(plan), suite.engine.ensureNetwork(plan)])
    await suite.engine.ensureNetwork(plan)
    const found = (await suite.engine.listNetworks()).filter((each) => each.environmentId === plan.environmentId)
    expect(found).toEqual([{ environmentId: plan.environmentId, subnet: plan.subnet }])
    expect(await suite.engine.takenSubnets()).toContain(plan.subnet)
    await suite.engine.removeNetwork(plan.environmentId)
    expect(await suite.engine.takenSubnets()).not.toContain(plan.subnet)
    await suite.engine.removeNetwork(plan.environmentId)
  })

  it('refuses a subnet that another network has', async () => {
    const plan = { environmentId: newId(), projectId: newId(), subnet: suite.network.subnet }
    const error = await suite.engine.ensureNetwork(plan).catch((caught: unknown) => caught)
    expect(isHandcarError(error, 'conflict') && error.code).toBe('engine.subnet_taken')
  })

  it('keeps a network that a replica is attached to, running or not', async () => {
    await suite.engine.create(suite.plan('server'))
    await suite.engine.removeNetwork(suite.network.environmentId)
    const ids = (await suite.engine.listNetworks()).map((each) => each.environmentId)
    expect(ids).toContain(suite.network.environmentId)
  })
}

function testLife(suite: Suite): void {
  it('creates, starts, stops and removes, and each of them may be said twice', async () => {
    const plan = suite.plan('server')
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({
      replicaId: plan.replicaId,
      labels: plan.labels,
      state: 'created',
      exitCode: undefined,
      startedAt: undefined,
      address: plan.address,
      image: plan.image,
    })
    expect(await suite.engine.start(plan.replicaId)).toEqual({ ok: true })
    expect(await suite.engine.start(plan.replicaId)).toEqual({ ok: true })
    const running = await suite.engine.inspect(plan.replicaId)
    expect(running).toMatchObject({ state: 'running', address: plan.address, exitCode: undefined, restartCount: 0 })
    expect(running?.startedAt).toBeGreaterThan(0)
    expect((await suite.engine.list()).map((each) => each.replicaId)).toEqual([plan.replicaId])
    await suite.untilReady(plan)
    await suite.engine.stop(plan.replicaId, 5)
    await suite.engine.stop(plan.replicaId, 5)
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({ state: 'exited', exitCode: 143 })
    await suite.engine.remove(plan.replicaId)
    await suite.engine.remove(plan.replicaId)
    expect(await suite.engine.inspect(plan.replicaId)).toBeUndefined()
    expect(await suite.engine.list()).toEqual([])
  })

  it('replaces a replica of the same id that was made from another image', async () => {
    const plan = suite.plan('server')
    await suite.engine.create({ ...plan, image: suite.harness.program('failing').image })
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect((await suite.engine.inspect(plan.replicaId))?.image).toBe(plan.image)
  })

  it('says when the image, the network or the replica is missing', async () => {
    const missing = suite.plan('server', { image: suite.harness.missingImage })
    expect(await suite.engine.create(missing)).toMatchObject({ ok: false, reason: 'image_missing' })
    const elsewhere = suite.plan('server')
    const homeless = { ...elsewhere, labels: { ...elsewhere.labels, environment: newId() } }
    expect(await suite.engine.create(homeless)).toMatchObject({ ok: false, reason: 'refused' })
    expect(await suite.engine.start(newId())).toMatchObject({ ok: false, reason: 'not_found' })
    await suite.engine.stop(newId(), 1)
    await suite.engine.keepRunning(newId())
    await suite.engine.remove(newId())
    expect(await suite.engine.inspect(newId())).toBeUndefined()
  })

  it('does not start a replica whose address another one has', async () => {
    const first = await suite.run('server')
    const second = suite.plan('server', { address: first.address })
    expect(await suite.engine.create(second)).toEqual({ ok: true })
    const outcome = await suite.engine.start(second.replicaId)
    expect(outcome).toMatchObject({ ok: false, reason: 'cannot_start' })
    expect(outcome.ok ? '' : outcome.message).toMatch(/address/i)
  })

  it('removes a running replica', async () => {
    const plan = await suite.run('server')
    await suite.engine.remove(plan.replicaId)
    expect(await suite.engine.list()).toEqual([])
  })

  it('starts a program again and again that is to be kept running, until it is stopped', async () => {
    const { replicaId } = await suite.runReady('server')
    await suite.engine.keepRunning(replicaId)
    const before = await suite.engine.inspect(replicaId)
    await suite.harness.crash(replicaId)
    await until(async () => (await suite.engine.inspect(replicaId))?.restartCount === 1)
    await until(async () => (await suite.engine.inspect(replicaId))?.state === 'running')
    expect((await suite.engine.inspect(replicaId))?.startedAt).toBeGreaterThan(before?.startedAt ?? Infinity)
    await suite.engine.stop(replicaId, 5)
    expect((await suite.engine.inspect(replicaId))?.state).toBe('exited')
  })

  it('leaves a program alone that has ended', async () => {
    const plan = await suite.run('failing')
    await until(async () => (await suite.engine.inspect(plan.replicaId))?.state === 'exited')
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({
      exitCode: 3,
      outOfMemory: false,
      restartCount: 0,
      address: plan.address,
    })
  })
}

function testObservation(suite: Suite): void {
  it('knows its version and its disk', async () => {
    const version = await suite.engine.version()
    expect(version.apiVersion).toMatch(/^1\.4[1-4]$/)
    expect(version.architecture).toMatch(/^(amd64|arm64)$/)
    expect(version.diskFreeBytes).toBeGreaterThan(0)
    expect(version.diskTotalBytes).toBeGreaterThanOrEqual(version.diskFreeBytes)
  })

  it('gives what a replica prints, and follows it to its end', async () => {
    const plan = await suite.run('server')
    await suite.untilReady(plan)
    const past = await collect(suite.engine.logs(plan.replicaId, { tail: 100, follow: false }))
    expect(past.map(({ stream, text }) => `${stream}: ${text}`).sort()).toEqual(['stderr: to stderr', 'stdout: hello'])
    expect(past.every((line) => line.at > 1_600_000_000_000)).toBe(true)
    expect(await collect(suite.engine.logs(plan.replicaId, { tail: 1, follow: false }))).toHaveLength(1)
    expect(await collect(suite.engine.logs(plan.replicaId, { tail: 0, follow: false }))).toEqual([])
    expect(await collect(suite.engine.logs(newId(), { tail: 9, follow: true }))).toEqual([])
    const following = collect(suite.engine.logs(plan.replicaId, { tail: 100, follow: true }))
    await suite.engine.stop(plan.replicaId, 5)
    expect(await following).toHaveLength(2)
  })

  it('stops following when the reader has enough', async () => {
    const plan = await suite.run('server')
    await suite.untilReady(plan)
    const enough = new AbortController()
    const lines: string[] = []
    for await (const line of suite.engine.logs(plan.replicaId, { tail: 9, follow: true, signal: enough.signal })) {
      lines.push(line.text)
      if (lines.length === 2) enough.abort()
    }
    expect(lines).toHaveLength(2)
  })

  it('tells of starts, ends and removals from the moment it is asked', async () => {
    const enough = new AbortController()
    const changes = suite.engine.events(enough.signal)
    const plan = await suite.run('failing')
    await until(async () => (await suite.engine.inspect(plan.replicaId))?.state === 'exited')
    await suite.engine.remove(plan.replicaId)
    const seen: EngineEvent[] = []
    for await (const change of changes) {
      seen.push(change)
      if (change.kind === 'removed') enough.abort()
    }
    const base = { replicaId: plan.replicaId, serviceId: plan.labels.service }
    expect(seen.filter((change) => change.replicaId === plan.replicaId)).toEqual([
      { ...base, kind: 'started', exitCode: undefined },
      { ...base, kind: 'ended', exitCode: 3 },
      { ...base, kind: 'removed', exitCode: undefined },
    ])
  })

  it('probes a port and a path', async () => {
    const { address, replicaId } = await suite.runReady('server')
    const probe = (port: number, path?: string) =>
      suite.engine.probe(address, { port, path, host: 'web.test', timeoutMs: 5000 })
    expect(await probe(3000)).toEqual({ kind: 'ready' })
    expect(await probe(3000, '/')).toEqual({ kind: 'ready' })
    expect(await probe(3001)).toEqual({ kind: 'refused' })
    expect(await probe(3001, '/')).toEqual({ kind: 'refused' })
    await suite.engine.remove(replicaId)
    const gone = await suite.engine.probe(address, { port: 3000, path: '/', host: 'web.test', timeoutMs: 300 })
    expect(gone).toEqual({ kind: 'no_answer' })
  })

  it('gives the status and the first 200 bytes of a bad answer', async () => {
    const { address } = await suite.runReady('broken')
    const check = { port: 3000, path: '/health', host: 'web.test', timeoutMs: 5000 }
    const body = 'out of order'.repeat(100).slice(0, 200)
    expect(await suite.engine.probe(address, check)).toEqual({ kind: 'bad_status', status: 500, body })
    expect(await suite.engine.probe(address, { ...check, path: undefined })).toEqual({ kind: 'ready' })
  })

  it('sees what a program listens on', async () => {
    const open = await suite.run('server')
    const closed = await suite.run('loopback')
    await until(async () => (await suite.engine.listeners(open.replicaId)).length > 0)
    await until(async () => (await suite.engine.listeners(closed.replicaId)).length > 0)
    expect(await suite.engine.listeners(open.replicaId)).toMatchObject([{ port: 3000, loopback: false }])
    expect(await suite.engine.listeners(closed.replicaId)).toEqual([
      { address: '127.0.0.1', port: 3000, loopback: true },
    ])
    const check = { port: 3000, path: undefined, host: 'web.test', timeoutMs: 2000 }
    expect(await suite.engine.probe(closed.address, check)).toEqual({ kind: 'refused' })
    expect(await suite.engine.listeners(newId())).toEqual([])
  })

  it('counts connections from this machine', async () => {
    const plan = await suite.run('server')
    await suite.untilReady(plan)
    await until(async () => (await suite.engine.openConnections(plan.address, 3000)) === 0)
    const close = await suite.harness.connect(plan.address, 3000, 3)
    expect(await suite.engine.openConnections(plan.address, 3000)).toBe(3)
    await close()
    await until(async () => (await suite.engine.openConnections(plan.address, 3000)) === 0)
  })

  it('reads the head of the program that a replica starts', async () => {
    const plan = suite.plan('server')
    await suite.engine.create(plan)
    const head = await suite.engine.programHead(plan.replicaId)
    expect([...(head ?? []).slice(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46])
    expect(await suite.engine.programHead(newId())).toBeUndefined()
  })
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
