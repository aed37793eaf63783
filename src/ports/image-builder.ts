import type { Readable } from 'node:stream'

/** What turns a source tree into an image, and keeps the images. Same rules for errors as the container engine. */
export interface ImageBuilder {
  /**
   * Builds and tags. The tar stream is the build context; `dockerfile` is a path inside it.
   * A failed build is an answer. Aborting the signal stops the running step and answers `canceled`.
   */
  build(plan: BuildPlan, context: Readable, options: BuildOptions): Promise<BuildOutcome>
  find(reference: string): Promise<BuiltImage | undefined>
  /** Images that carry this installation's label. */
  list(): Promise<BuiltImage[]>
  /** Removes a tag and what nothing else needs; absent or in use is fine (answers false). */
  remove(reference: string): Promise<boolean>
  /** Shrinks the build cache to at most this many bytes. */
  pruneCache(keepBytes: number): Promise<void>
}

export interface BuildPlan {
  /** Deterministic, so that a build that finished just before a crash is found again. */
  reference: string
  serviceId: string
  deploymentId: string
  dockerfile: string
  noCache: boolean
  memoryBytes: number
  cpuMillis: number
}

export interface BuildOptions {
  signal: AbortSignal
  timeoutMs: number
  onLine(line: BuildLine): void
}

export interface BuildLine {
  /** `step` opens a step of the Dockerfile, `done` closes it, `output` is what it printed. */
  kind: 'step' | 'output' | 'done'
  /** Step name as the builder gives it, e.g. `[2/5] RUN npm ci`. */
  step: string
  text: string
  cached?: boolean
  durationMs?: number
}

export interface BuiltImage {
  reference: string
  imageId: string
  serviceId: string
  deploymentId: string
  sizeBytes: number
  createdAt: number
  /** TCP ports the image exposes. */
  exposedPorts: number[]
}

export type BuildOutcome =
  | { ok: true; image: BuiltImage }
  | { ok: false; reason: BuildFailure; message: string; step: string | undefined; exitCode: number | undefined }

export type BuildFailure = 'failed' | 'timeout' | 'canceled' | 'out_of_memory' | 'registry' | 'dockerfile_not_found'
