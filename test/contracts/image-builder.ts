import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import type { BuildFailure, BuildLine, BuildOptions, BuildPlan, ImageBuilder } from '../../src/ports/image-builder.ts'

export type ContractBuild =
  /** Prints `built it`, exposes 8080. */
  | 'working'
  /** Prints `about to fail` and ends a step with code 3. */
  | 'failing'
  /** Prints `hanging` and goes on for ever. */
  | 'hanging'
  /** The same, to be given too little time. */
  | 'overtime'
  | Extract<BuildFailure, 'dockerfile_not_found' | 'registry' | 'out_of_memory'>

export interface BuilderHarness {
  builder: ImageBuilder
  /** Prepares such a build and gives its context. */
  context(build: ContractBuild): Readable
  /** Makes a replica use the image. */
  use(reference: string): Promise<void>
  cleanUp(): Promise<void>
}

export function describeImageBuilder(name: string, make: () => Promise<BuilderHarness>): void {
  describe(`image builder: ${name}`, () => {
    let made: BuilderHarness | undefined
    const harness = (): BuilderHarness => {
      if (!made) throw new Error('the suite has not begun')
      return made
    }
    beforeAll(async () => {
      made = await make()
    })
    afterAll(async () => made?.cleanUp())
    describe('outcomes', () => testOutcomes(harness))
    describe('interruptions', () => testInterruptions(harness))
    describe('images', () => testImages(harness))
  })
}

function testOutcomes(harness: () => BuilderHarness): void {
  it('builds an image and tells each step and what it printed', async () => {
    const { plan, outcome, lines } = await build(harness(), 'working')
    expect(outcome).toMatchObject({
      ok: true,
      image: {
        reference: plan.reference,
        serviceId: plan.serviceId,
        deploymentId: plan.deploymentId,
        exposedPorts: [8080],
      },
    })
    const run = lines.findIndex((line) => line.kind === 'step' && line.step.includes('RUN'))
    const output = lines.findIndex((line) => line.kind === 'output' && line.text === 'built it')
    const done = lines.findIndex((line) => line.kind === 'done' && line.step === lines[run]?.step)
    expect([run >= 0, output > run, done > output]).toEqual([true, true, true])
    expect(lines[output]?.step).toBe(lines[run]?.step)
    expect(lines[done]?.durationMs).toBeGreaterThanOrEqual(0)
  })

  it('says which step failed and how', async () => {
    const { plan, outcome, lines } = await build(harness(), 'failing')
    expect(outcome).toMatchObject({ ok: false, reason: 'failed', exitCode: 3, step: expect.stringContaining('RUN') })
    expect(lines.map((line) => line.text)).toContain('about to fail')
    expect(await harness().builder.find(plan.reference)).toBeUndefined()
  })

  it.each(['dockerfile_not_found', 'registry', 'out_of_memory'] as const)('recognises %s', async (reason) => {
    const { outcome } = await build(harness(), reason)
    expect(outcome).toMatchObject({ ok: false, reason, message: expect.stringMatching(/\S/) })
  })
}

function testInterruptions(harness: () => BuilderHarness): void {
  it('ends a hanging build when it is canceled', async () => {
    const stop = new AbortController()
    const { outcome } = await build(harness(), 'hanging', {
      signal: stop.signal,
      onLine: (line) => line.text === 'hanging' && stop.abort(),
    })
    expect(outcome).toMatchObject({ ok: false, reason: 'canceled' })
  })

  it('does not begin what was canceled before', async () => {
    const { outcome, lines } = await build(harness(), 'working', { signal: AbortSignal.abort() })
    expect(outcome).toMatchObject({ ok: false, reason: 'canceled' })
    expect(lines).toEqual([])
  })

  it('ends a hanging build when its time is over', async () => {
    const { outcome } = await build(harness(), 'overtime', { timeoutMs: 1500 })
    expect(outcome).toMatchObject({ ok: false, reason: 'timeout' })
  })

  it('passes on the error of a context that breaks off', async () => {
    harness().context('working')
    const broken = Readable.from(brokenContext())
    const { builder } = harness()
    const options = { signal: new AbortController().signal, timeoutMs: 60_000, onLine: () => undefined }
    await expect(builder.build(newPlan(), broken, options)).rejects.toThrow('the archive broke off')
  })
}

function testImages(harness: () => BuilderHarness): void {
  it('finds, lists and removes images of this installation only', async () => {
    const { plan, outcome } = await build(harness(), 'working')
    const { builder } = harness()
    const image = outcome.ok ? outcome.image : undefined
    expect(await builder.find(plan.reference)).toEqual(image)
    expect(await builder.list()).toContainEqual(image)
    expect(await builder.remove(plan.reference)).toBe(true)
    expect(await builder.remove(plan.reference)).toBe(false)
    expect(await builder.find(plan.reference)).toBeUndefined()
    expect((await builder.list()).map((each) => each.reference)).not.toContain(plan.reference)
  })

  it('moves a name to the newer image', async () => {
    const first = await build(harness(), 'working')
    const second = { ...first.plan, deploymentId: newId() }
    await build(harness(), 'working', {}, second)
    expect((await harness().builder.find(first.plan.reference))?.deploymentId).toBe(second.deploymentId)
  })

  it('keeps an image that a replica uses', async () => {
    const { plan } = await build(harness(), 'working')
    await harness().use(plan.reference)
    expect(await harness().builder.remove(plan.reference)).toBe(false)
    expect(await harness().builder.find(plan.reference)).toBeDefined()
  })

  it('shrinks its cache', async () => {
    await expect(harness().builder.pruneCache(50e9)).resolves.toBeUndefined()
  })
}

async function build(
  harness: BuilderHarness,
  kind: ContractBuild,
  change: Partial<BuildOptions> = {},
  plan = newPlan(),
) {
  const lines: BuildLine[] = []
  const outcome = await harness.builder.build(plan, harness.context(kind), {
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    ...change,
    onLine(line) {
      lines.push(line)
      change.onLine?.(line)
    },
  })
  return { plan, outcome, lines }
}

function newPlan(): BuildPlan {
  const serviceId = newId()
  return {
    reference: `handcar/${serviceId}:1`,
    serviceId,
    deploymentId: newId(),
    dockerfile: 'Dockerfile',
    noCache: false,
    memoryBytes: 128 * 1024 * 1024,
    cpuMillis: 2000,
  }
}

async function* brokenContext(): AsyncIterable<Buffer> {
  yield Buffer.alloc(512)
  throw new Error('the archive broke off')
}
