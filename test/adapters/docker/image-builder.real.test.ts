import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerImageBuilder } from '../../../src/adapters/docker/image-builder.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { run as runProgram } from '../../../src/kernel/process.ts'
import type { BuildLine, BuildOptions, BuildPlan } from '../../../src/ports/image-builder.ts'
import { until } from '../../contracts/container-engine-suite.ts'
import { ensureNodeBase, ensureStaticBase } from '../../support/base-image.ts'
import { buildContext, testInstall } from '../../support/docker.ts'

const install = testInstall()
const builder = dockerImageBuilder({ installId: install.installId })
const memoryBytes = 300 * 1024 * 1024
let busybox = ''
let node = ''

beforeAll(async () => {
  busybox = await ensureStaticBase()
  node = await ensureNodeBase()
})
afterAll(() => install.cleanUp())

async function build(files: Record<string, string>, change: Partial<BuildPlan & BuildOptions> = {}) {
  const lines: BuildLine[] = []
  const serviceId = newId()
  const { signal = new AbortController().signal, onLine, ...rest } = change
  const plan: BuildPlan = {
    reference: `handcar/${serviceId}:1`,
    serviceId,
    deploymentId: newId(),
    dockerfile: 'Dockerfile',
    noCache: false,
    memoryBytes,
    cpuMillis: 1500,
    ...rest,
  }
  const outcome = await builder.build(plan, buildContext(files), {
    signal,
    timeoutMs: 90_000,
    onLine(line) {
      lines.push(line)
      onLine?.(line)
    },
  })
  return { plan, outcome, lines, printed: lines.filter((line) => line.kind === 'output').map((line) => line.text) }
}

describe('a build', () => {
  it('takes unchanged steps from the cache unless it is told not to', async () => {
    const files = { Dockerfile: `FROM ${busybox}\nRUN echo ${newId()}\n` }
    const cachedRuns = ({ lines }: Awaited<ReturnType<typeof build>>) =>
      lines.filter((line) => line.kind === 'done' && line.step.includes('RUN')).map((line) => line.cached)
    expect(cachedRuns(await build(files))).toEqual([false])
    expect(cachedRuns(await build(files))).toEqual([true])
    expect(cachedRuns(await build(files, { noCache: true }))).toEqual([false])
  })

  it('labels the image and finds a Dockerfile anywhere in the context', async () => {
    const files = { 'deep/er/Containerfile': `FROM ${busybox}\nEXPOSE 53/udp 80 8080/tcp\n` }
    const { plan, outcome } = await build(files, { dockerfile: 'deep/er/Containerfile' })
    expect(outcome).toMatchObject({ ok: true, image: { exposedPorts: [80, 8080] } })
    const image = await install.connection.call((docker) => docker.getImage(plan.reference).inspect())
    expect(image.Config.Labels).toMatchObject({
      'handcar.install': install.installId,
      'handcar.service': plan.serviceId,
      'handcar.deployment': plan.deploymentId,
    })
  })

  it('runs below the limits of its plan', async () => {
    const { outcome } = await build({ Dockerfile: `FROM ${busybox}\nRUN echo ${newId()}\n` })
    expect(outcome.ok).toBe(true)
    const read = (paths: string[]) => Promise.any(paths.map(async (path) => (await readFile(path, 'utf8')).trim()))
    const memory = await read([
      '/sys/fs/cgroup/memory/docker/buildkit/memory.limit_in_bytes',
      '/sys/fs/cgroup/docker/buildkit/memory.max',
    ])
    const cpu = await read([
      '/sys/fs/cgroup/cpu/docker/buildkit/cpu.cfs_quota_us',
      '/sys/fs/cgroup/cpu,cpuacct/docker/buildkit/cpu.cfs_quota_us',
      '/sys/fs/cgroup/docker/buildkit/cpu.max',
    ])
    expect([Number(memory), Number(cpu.split(' ')[0])]).toEqual([memoryBytes, 150_000])
  })

  it('reaches the npm registry, and cannot see what listens on the host', async () => {
    const steps = ['RUN npm view is-odd@3.0.1 version', 'RUN cat /proc/net/tcp']
    const lines = [`FROM ${node}`, `ENV RUN=${newId()}`, ...steps]
    const { outcome, printed } = await build({ Dockerfile: lines.join('\n') })
    expect(outcome.ok).toBe(true)
    expect(printed).toContain('3.0.1')
    // State 0A: listening. The network of a step has nothing in it but the step.
    expect(printed.filter((line) => / 0A /.test(line))).toEqual([])
  })

  it('gets no secret that nobody gave it', async () => {
    const Dockerfile = `FROM ${busybox}\nRUN --mount=type=secret,id=token,required cat /run/secrets/token\n`
    const { outcome } = await build({ Dockerfile })
    expect(outcome).toMatchObject({ ok: false, reason: 'failed', message: expect.stringContaining('token') })
  })

  it('that is canceled leaves no process behind', async () => {
    const seconds = 500_000 + Math.floor(Math.random() * 400_000)
    const stop = new AbortController()
    const { outcome } = await build(
      { Dockerfile: `FROM ${busybox}\nRUN echo sleeping; sleep ${seconds}\n` },
      { signal: stop.signal, onLine: (line) => line.kind === 'output' && line.text === 'sleeping' && stop.abort() },
    )
    expect(outcome).toMatchObject({ ok: false, reason: 'canceled' })
    await until(async () => (await runProgram('pgrep', ['-f', `sleep ${seconds}`])).exitCode === 1)
  })
})

describe('the cache', () => {
  it('keeps what is within the bytes that it may have', async () => {
    const mark = newId()
    await build({ Dockerfile: `FROM ${busybox}\nRUN echo ${mark}\n` })
    await builder.pruneCache(500e9)
    const { lines } = await build({ Dockerfile: `FROM ${busybox}\nRUN echo ${mark}\n` })
    expect(lines.some((line) => line.cached === true && line.step.includes('RUN'))).toBe(true)
  })
})
