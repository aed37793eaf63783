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
  const images = new Map<string, BuiltImage>()
  const plans: BuildPlan[] = []
  const contexts: Buffer[] = []
  const prunedTo: number[] = []
  const used = new Set<string>()
  let script: (plan: BuildPlan) => MemoryBuild = () => ({})
  let isAway = false
  let ticks = 1_700_000_000_000
  const enter = () => {
    if (!isAway) return
    const message = 'Docker does not answer'
    throw new HandcarError({ code: 'engine.unavailable', kind: 'unavailable', message, hint: 'Start the engine.' })
  }
  const keep = (plan: BuildPlan, build: MemoryBuild): BuiltImage => {
    ticks += 1
    const image: BuiltImage = {
      reference: plan.reference,
      imageId: `sha256:${ticks.toString(16).padStart(64, '0')}`,
      serviceId: plan.serviceId,
      deploymentId: plan.deploymentId,
      sizeBytes: build.sizeBytes ?? 10_000_000,
      createdAt: options.now?.() ?? ticks,
      exposedPorts: build.exposedPorts ?? [],
    }
    images.set(plan.reference, image)
    return image
  }
  return {
    async build(plan, context, buildOptions) {
      enter()
      plans.push(plan)
      const build = script(plan)
      const index = plans.length - 1
      const ending = await runBuild(build, buildOptions, async () => {
        contexts[index] = await collect(context)
      })
      if (!ending.ok) context.destroy()
      return ending.ok ? { ok: true, image: keep(plan, build) } : ending
    },
    async find(reference) {
      enter()
      return images.get(reference)
    },
    async list() {
      enter()
      return [...images.values()]
    },
    async remove(reference) {
      enter()
      return !used.has(reference) && images.delete(reference)
    },
    async pruneCache(keepBytes) {
      enter()
      prunedTo.push(keepBytes)
    },
    control: {
      plans,
      contexts,
      prunedTo,
      script: (build) => {
        script = typeof build === 'function' ? build : () => build
      },
      away: (value) => {
        isAway = value
      },
      use: (reference) => used.add(reference),
    },
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
