import type { ContainerInspectInfo } from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dockerContainerEngine } from '../../../src/adapters/docker/container-engine.ts'
import { dockerImageBuilder } from '../../../src/adapters/docker/image-builder.ts'
import { label } from '../../../src/adapters/docker/labels.ts'
import { openFilesLimit } from '../../../src/adapters/docker/open-files.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { EngineEvent, NetworkPlan, ReplicaPlan } from '../../../src/ports/container-engine.ts'
import { collect, until } from '../../contracts/container-engine-suite.ts'
import { ensureNodeBase, ensureStaticBase } from '../../support/base-image.ts'
import { buildContext, freeSubnet, testInstall } from '../../support/docker.ts'

const install = testInstall()
const { installId, connection } = install
const engine = dockerContainerEngine({ installId })
const builder = dockerImageBuilder({ installId })
const network: NetworkPlan = { environmentId: newId(), projectId: newId(), subnet: '' }
let busybox = ''
let node = ''
let lastAddress = 1

beforeAll(async () => {
  busybox = await ensureStaticBase()
  node = await ensureNodeBase()
  network.subnet = await freeSubnet(engine)
  await engine.ensureNetwork(network)
})
afterEach(async () => {
  for (const { replicaId } of await engine.list()) await engine.remove(replicaId)
})
afterAll(() => install.cleanUp())

function planOf(change: Partial<ReplicaPlan>): ReplicaPlan {
  lastAddress += 1
  const replicaId = newId()
  return {
    replicaId,
    name: `handcar-${replicaId}`,
    labels: {
      project: network.projectId,
      environment: network.environmentId,
      service: newId(),
      deployment: newId(),
      replica: replicaId,
    },
    image: busybox,
    startCommand: 'sleep 1000',
    variables: { PORT: '3000' },
    address: network.subnet.replace('0/24', String(lastAddress)),
    alias: `alias-${lastAddress}`,
    memoryBytes: 64 * 1024 * 1024,
    cpuMillis: 500,
    stopGraceSeconds: 3,
    ...change,
  }
}

async function run(change: Partial<ReplicaPlan>): Promise<ReplicaPlan> {
  const plan = planOf(change)
  expect(await engine.create(plan)).toEqual({ ok: true })
  expect(await engine.start(plan.replicaId)).toEqual({ ok: true })
  return plan
}

async function inspectContainer(replicaId: string): Promise<ContainerInspectInfo> {
  const filters = { label: [`${label.replica}=${replicaId}`] }
  const [found] = await connection.call((docker) => docker.listContainers({ all: true, filters }))
  return connection.call((docker) => docker.getContainer(found?.Id ?? '').inspect())
}

async function build(files: Record<string, string>): Promise<string> {
  const serviceId = newId()
  const outcome = await builder.build(
    {
      reference: `handcar/${serviceId}:1`,
      serviceId,
      deploymentId: newId(),
      dockerfile: 'Dockerfile',
      noCache: false,
      memoryBytes: 512 * 1024 * 1024,
      cpuMillis: 2000,
    },
    buildContext(files),
    { signal: new AbortController().signal, timeoutMs: 60_000, onLine: () => undefined },
  )
  if (!outcome.ok) throw new Error(outcome.message)
  return outcome.image.reference
}

async function output(replicaId: string): Promise<string[]> {
  return (await collect(engine.logs(replicaId, { tail: 1000, follow: true }))).map((line) => line.text)
}

describe('the container of a replica', () => {
  it('has the whole invariant set, as Docker sees it', async () => {
    const plan = await run({})
    const { HostConfig: host, Config: config, ...container } = await inspectContainer(plan.replicaId)
    const openFiles = await openFilesLimit()
    expect(host).toMatchObject({
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'NET_BIND_SERVICE', 'KILL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 512,
      Memory: plan.memoryBytes,
      MemorySwap: plan.memoryBytes,
      NanoCpus: 500_000_000,
      Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }],
      IpcMode: 'private',
      PidMode: '',
      UTSMode: '',
      UsernsMode: '',
      Init: true,
      LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } },
      RestartPolicy: { Name: 'no' },
      PublishAllPorts: false,
      AutoRemove: false,
      ReadonlyRootfs: false,
    })
    expect([host.Binds ?? [], host.Devices ?? [], Object.keys(host.PortBindings ?? {})]).toEqual([[], [], []])
    expect([host.MaskedPaths?.length, host.ReadonlyPaths?.length].every((count) => Number(count) > 0)).toBe(true)
    expect(container.Mounts).toEqual([])
    expect(config).toMatchObject({ StopTimeout: 3 })
    const { 'handcar.base': _ofTheImage, ...labels } = config.Labels
    expect(labels).toEqual({
      [label.install]: installId,
      [label.project]: network.projectId,
      [label.environment]: network.environmentId,
      [label.service]: plan.labels.service,
      [label.deployment]: plan.labels.deployment,
      [label.replica]: plan.replicaId,
    })
    expect(Object.values(container.NetworkSettings.Networks)).toMatchObject([{ IPAddress: plan.address }])
    expect(container.NetworkSettings.Ports).toEqual({})
    await engine.keepRunning(plan.replicaId)
    expect((await inspectContainer(plan.replicaId)).HostConfig.RestartPolicy?.Name).toBe('always')
  })

  it('runs without the capabilities and privileges that an app never needs', async () => {
    const { replicaId } = await run({ startCommand: 'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status' })
    const lines = await output(replicaId)
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'CapEff: 00000000000004eb',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ])
  })

  it('keeps our labels when the image claims others', async () => {
    const claims = 'LABEL handcar.install=other handcar.replica=other handcar.service=other'
    const image = await build({ Dockerfile: `FROM ${busybox}\n${claims}\n` })
    const plan = await run({ image })
    expect(await engine.inspect(plan.replicaId)).toMatchObject({ replicaId: plan.replicaId, labels: plan.labels })
  })

  it('passes the stop signal to the program itself, through the shell and a chain of commands', async () => {
    const program = 'process.on("SIGTERM", () => process.exit(42)); setInterval(() => 0, 1000); console.log("up")'
    const startCommand = `true && node -e '${program}'`
    const { replicaId } = await run({ image: node, startCommand, memoryBytes: 256 * 1024 * 1024 })
    for await (const line of engine.logs(replicaId, { tail: 10, follow: true })) if (line.text === 'up') break
    await engine.stop(replicaId, 10)
    expect(await engine.inspect(replicaId)).toMatchObject({ state: 'exited', exitCode: 42 })
  })

  it('is killed when it ignores the stop signal', async () => {
    const { replicaId } = await run({ startCommand: 'sh -c "trap : TERM; echo up; while true; do sleep 1; done"' })
    for await (const line of engine.logs(replicaId, { tail: 10, follow: true })) if (line.text === 'up') break
    await engine.stop(replicaId, 1)
    expect(await engine.inspect(replicaId)).toMatchObject({ state: 'exited', exitCode: 137, outOfMemory: false })
  })

  it('that used more memory than it may says so', async () => {
    const startCommand = `node -e "const all = []; for (;;) all.push(Buffer.alloc(8e6, all.length + 1))"`
    const { replicaId } = await run({ image: node, startCommand, memoryBytes: 96 * 1024 * 1024 })
    await until(async () => (await engine.inspect(replicaId))?.state === 'exited')
    expect(await engine.inspect(replicaId)).toMatchObject({ exitCode: 137, outOfMemory: true })
  })
})

describe('the network of an environment', () => {
  it('lets services find each other by name', async () => {
    const server = await run({
      image: node,
      memoryBytes: 256 * 1024 * 1024,
      alias: 'api',
      startCommand: `node -e 'require("node:http").createServer((q, s) => s.end("from api")).listen(3000)'`,
    })
    const check = { port: 3000, path: '/', host: 'api.test', timeoutMs: 2000 }
    await until(async () => (await engine.probe(server.address, check)).kind === 'ready')
    const startCommand = `node -e 'fetch("http://api:3000/").then((a) => a.text()).then(console.log)'`
    const client = await run({ image: node, memoryBytes: 256 * 1024 * 1024, startCommand })
    expect(await output(client.replicaId)).toEqual(['from api'])
  })

  it('hands out addresses of its own away from ours', async () => {
    const [found] = await connection.call((docker) =>
      docker.listNetworks({ filters: { label: [`${label.environment}=${network.environmentId}`] } }),
    )
    const base = network.subnet.replace('0/24', '')
    expect(found?.IPAM?.Config).toEqual([{ Subnet: network.subnet, Gateway: `${base}1`, IPRange: `${base}240/28` }])
    expect(found?.Labels).toEqual({
      [label.install]: installId,
      [label.environment]: network.environmentId,
      [label.project]: network.projectId,
    })
  })

  it('being taken from a running replica is seen and told', async () => {
    const plan = await run({})
    const enough = new AbortController()
    const changes = engine.events(enough.signal)
    const [networkName = ''] = Object.keys((await inspectContainer(plan.replicaId)).NetworkSettings.Networks)
    await connection.call((docker) => docker.getNetwork(networkName).disconnect({ Container: plan.name }))
    const seen: EngineEvent[] = []
    for await (const change of changes) {
      seen.push(change)
      if (change.kind === 'disconnected') enough.abort()
    }
    const { replicaId, labels } = plan
    expect(seen.at(-1)).toEqual({ kind: 'disconnected', replicaId, serviceId: labels.service, exitCode: undefined })
    expect(await engine.inspect(replicaId)).toMatchObject({ state: 'running', address: undefined })
  })
})

describe('what a replica leaves', () => {
  it('goes with it where it is anonymous, and stays where it has a name', async () => {
    const volume = await connection.call((docker) =>
      docker.createVolume({ Name: `handcar-test-${newId()}`, Labels: { [label.install]: installId } }),
    )
    const image = await build({ Dockerfile: `FROM ${busybox}\nVOLUME /data\n` })
    const { replicaId } = await run({ image })
    const [mount] = (await inspectContainer(replicaId)).Mounts
    const hasVolume = async (name = '') => (await connection.attempt((docker) => docker.getVolume(name).inspect())).ok
    expect(await hasVolume(mount?.Name)).toBe(true)
    await engine.remove(replicaId)
    expect(await hasVolume(mount?.Name)).toBe(false)
    expect(await hasVolume(volume.name)).toBe(true)
    await connection.call((docker) => docker.getVolume(volume.name).remove())
  })

  it('is its whole output, long lines in one piece', async () => {
    const long = 40_000
    const { replicaId } = await run({
      startCommand: `sh -c "head -c ${long} /dev/zero | tr '\\0' x; echo; echo after"`,
    })
    const lines = await output(replicaId)
    expect(lines.map((line) => line.length)).toEqual([long, 'after'.length])
  })
})

describe('the program of a replica', () => {
  it('is found behind a link, by its path and by the search path, whatever starts it', async () => {
    const foreign = [
      'FROM',
      busybox,
      '\nCOPY app /app/app\nRUN chmod +x /app/app && ln -s /app/app /bin/linked\n',
    ].join(' ')
    const files = { app: '\u007fELFforeign', Dockerfile: `${foreign}WORKDIR /app\nCMD ["./app"]\n` }
    const image = await build(files)
    const headOf = async (startCommand: string | undefined) => {
      const plan = planOf({ image, startCommand })
      await engine.create(plan)
      const head = await engine.programHead(plan.replicaId)
      return head && Buffer.from(head).toString('latin1').slice(0, 11)
    }
    expect(await headOf(undefined)).toBe('\u007fELFforeign')
    expect(await headOf('linked --fast')).toBe('\u007fELFforeign')
    expect(await headOf('A=1 /app/app')).toBe('\u007fELFforeign')
    expect(await headOf('nothing-like-this')).toBeUndefined()
    expect((await headOf('ls'))?.slice(1, 4)).toBe('ELF')
  })
})
