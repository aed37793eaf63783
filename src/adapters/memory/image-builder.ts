import type { Readable } from 'node:stream'
import { HandcarError } from '../../kernel/errors.ts'
import type {
  BuildFailure,
  BuildLine,
  BuildOptions,
  BuildOutcome,
  BuildPlan,
  BuiltImage,
  ImageBuilder,
} from '../../ports/image-builder.ts'

/** How a build goes; anything left out is as in a build that works. */
export interface MemoryBuild {
  lines?: BuildLine[]
  /** Undefined: the build works. */
  failure?: { reason: BuildFailure; message?: string; step?: string; exitCode?: number }
  /** The build waits for this (or for its cancellation or time limit) after its lines. */
  until?: Promise<void>
  /** The time limit is over at once. */
  overtime?: boolean
  exposedPorts?: number[]
  sizeBytes?: number
}

export interface MemoryBuilderControl {
  /** How builds go from now on: one for all, or decided by the plan. */
  script(build: MemoryBuild | ((plan: BuildPlan) => MemoryBuild)): void
  /** Plans of all builds that were begun, oldest first. */
  readonly plans: readonly BuildPlan[]
  /** Build contexts as they arrived, in the order of the plans. */
  readonly contexts: readonly Buffer[]
  /** While away every call throws `engine.unavailable`. */
  away(isAway: boolean): void
  /** Removal of this image is refused because a replica uses it. */
  use(reference: string): void
  /** Byte counts the cache was shrunk to. */
  readonly prunedTo: readonly number[]
}

export interface MemoryBuilderOptions {
  now?: () => number
}

/** An image builder that makes nothing but keeps the books, for fast tests. */
export function memoryImageBuilder(
  options: MemoryBuilderOptions = {},
): ImageBuilder & { control: MemoryBuilderControl } {
  const builder = new MemoryBuilder(options)
  return Object.assign(builder, { control: controlOf(builder) })
}

class MemoryBuilder implements ImageBuilder {
  readonly images = new Map<string, BuiltImage>()
  readonly plans: BuildPlan[] = []
  readonly contexts: Buffer[] = []
  readonly prunedTo: number[] = []
  readonly used = new Set<string>()
  script: (plan: BuildPlan) => MemoryBuild = () => ({})
  isAway = false
  private ticks = 1_700_000_000_000
  private readonly options: MemoryBuilderOptions

  constructor(options: MemoryBuilderOptions) {
    this.options = options
  }

  async build(plan: BuildPlan, context: Readable, options: BuildOptions): Promise<BuildOutcome> {
    this.enter()
    const index = this.plans.push(plan) - 1
    const build = this.script(plan)
    const ending = await runBuild(build, options, async () => {
      this.contexts[index] = await collect(context)
    })
    if (ending.ok) return { ok: true, image: this.keep(plan, build) }
    context.destroy()
    return ending
  }

  async find(reference: string) {
    this.enter()
    return this.images.get(reference)
  }

  async list() {
    this.enter()
    return [...this.images.values()]
  }

  async remove(reference: string) {
    this.enter()
    return !this.used.has(reference) && this.images.delete(reference)
  }

  async pruneCache(keepBytes: number) {
    this.enter()
    this.prunedTo.push(keepBytes)
  }

  private enter(): void {
    if (!this.isAway) return
    const message = 'Docker does not answer'
    throw new HandcarError({ code: 'engine.unavailable', kind: 'unavailable', message, hint: 'Start the engine.' })
  }

  private keep(plan: BuildPlan, build: MemoryBuild): BuiltImage {
    this.ticks += 1
    const image: BuiltImage = {
      reference: plan.reference,
      imageId: `sha256:${this.ticks.toString(16).padStart(64, '0')}`,
      serviceId: plan.serviceId,
      deploymentId: plan.deploymentId,
      sizeBytes: build.sizeBytes ?? 10_000_000,
      createdAt: this.options.now?.() ?? this.ticks,
      exposedPorts: build.exposedPorts ?? [],
    }
    this.images.set(plan.reference, image)
    return image
  }
}

function controlOf(builder: MemoryBuilder): MemoryBuilderControl {
  return {
    plans: builder.plans,
    contexts: builder.contexts,
    prunedTo: builder.prunedTo,
    script(build) {
      builder.script = typeof build === 'function' ? build : () => build
    },
    away(isAway) {
      builder.isAway = isAway
    },
    use: (reference) => builder.used.add(reference),
  }
}

type Ending = { ok: true } | Extract<BuildOutcome, { ok: false }>

async function runBuild(build: MemoryBuild, options: BuildOptions, read: () => Promise<void>): Promise<Ending> {
  const canceled = new Promise<'canceled'>((resolve) => {
    if (options.signal.aborted) resolve('canceled')
    options.signal.addEventListener('abort', () => resolve('canceled'), { once: true })
  })
  const work = async () => {
    await read()
    for (const line of build.lines ?? []) options.onLine(line)
    if (build.overtime) return 'timeout' as const
    await build.until
    return 'done' as const
  }
  const ending = options.signal.aborted ? 'canceled' : await Promise.race([canceled, work()])
  if (ending !== 'done') return failed({ reason: ending })
  return build.failure ? failed(build.failure) : { ok: true }
}

function failed(failure: NonNullable<MemoryBuild['failure']>): Ending {
  const { reason, step, exitCode, message = `the build ended: ${reason}` } = failure
  return { ok: false, reason, message, step, exitCode }
}

async function collect(context: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of context) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
