import type { Readable } from 'node:stream'
import { errorText, HandcarError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { BuildOptions, BuildOutcome, BuildPlan, ImageBuilder } from '../../ports/image-builder.ts'
import { BuildLimiter } from './build-limits.ts'
import { BuildReport } from './build-report.ts'
import { openBuildSession } from './build-session.ts'
import { connectDocker, type DockerConnection, engineFailed, engineUnavailable, readText } from './connect.ts'
import { Images } from './images.ts'
import { jsonLines } from './json-lines.ts'
import { label } from './labels.ts'

export interface DockerBuilderOptions {
  /** Unix socket of the daemon; the system's by default. */
  socketPath?: string
  /** Only what carries this id in `handcar.install` is ours. */
  installId: string
}

const pruneTimeoutMs = 10 * 60_000
const cancelTimeoutMs = 5_000

/** Builds with the BuildKit inside the daemon. */
export function dockerImageBuilder(options: DockerBuilderOptions): ImageBuilder {
  return new DockerBuilder(connectDocker(options.socketPath), options.installId)
}

class DockerBuilder implements ImageBuilder {
  private readonly connection: DockerConnection
  private readonly installId: string
  private readonly images: Images
  private readonly limiter: BuildLimiter
  private hasToldLimits = false

  constructor(connection: DockerConnection, installId: string) {
    this.connection = connection
    this.installId = installId
    this.images = new Images(connection, installId)
    this.limiter = new BuildLimiter(connection)
  }

  async build(plan: BuildPlan, context: Readable, options: BuildOptions): Promise<BuildOutcome> {
    const buildId = newId()
    const stop = new AbortController()
    const interruption = interrupted(options)
    const work = options.signal.aborted ? interruption.reason : this.run(plan, context, options, buildId, stop.signal)
    try {
      const ending = await Promise.race([work, interruption.reason])
      if (typeof ending !== 'string') return ending
      // What the stopped work still says is of no interest; the daemon may never answer it.
      work.catch(errorText)
      void this.cancel(buildId)
      const message = ending === 'canceled' ? 'the build was canceled' : timeoutMessage(options.timeoutMs)
      return { ok: false, reason: ending, message, step: undefined, exitCode: undefined }
    } finally {
      interruption.end()
      stop.abort()
      context.destroy()
    }
  }

  find: ImageBuilder['find'] = (reference) => this.images.find(reference)
  list: ImageBuilder['list'] = () => this.images.list()
  remove: ImageBuilder['remove'] = (reference) => this.images.remove(reference)

  async pruneCache(keepBytes: number): Promise<void> {
    const query = { all: '1', 'keep-storage': String(keepBytes) }
    const request = { method: 'POST', path: '/build/prune', query, timeoutMs: pruneTimeoutMs } as const
    const answer = await this.connection.open(request)
    if (!answer.ok) throw engineFailed(answer.message)
    await readText(answer.value.body)
  }

  private async run(
    plan: BuildPlan,
    context: Readable,
    options: BuildOptions,
    buildId: string,
    signal: AbortSignal,
  ): Promise<BuildOutcome> {
    let contextError: Error | undefined
    context.on('error', (error) => {
      contextError = error
    })
    // It begins to come while the rest is prepared.
    context.read(0)
    await this.limit(plan, options)
    const session = await openBuildSession(this.connection, signal)
    const report = new BuildReport((line) => {
      if (!signal.aborted) options.onLine(line)
    })
    try {
      if (contextError) throw contextError
      const answer = await this.connection.open({
        method: 'POST',
        path: '/build',
        query: { ...this.query(plan), buildid: buildId, session: session.id },
        headers: { 'Content-Type': 'application/x-tar' },
        body: context,
        signal,
        // The answer begins when the daemon has read the context; the build's own limit comes first.
        timeoutMs: options.timeoutMs + 60_000,
      })
      if (!answer.ok) throw engineFailed(answer.message)
      for await (const said of jsonLines(answer.value.body)) report.add(said)
    } catch (error) {
      // A context that broke off is the caller's own error; the daemon only shows its consequence.
      if (contextError) throw contextError
      throw error instanceof HandcarError ? error : engineUnavailable(this.connection.socketPath, error)
    } finally {
      session.close()
    }
    if (report.failure) return { ok: false, ...report.failure }
    const image = await this.images.find(plan.reference)
    if (image?.deploymentId !== plan.deploymentId) throw engineFailed('the build ended without an image')
    return { ok: true, image }
  }

  private query(plan: BuildPlan): Record<string, string> {
    return {
      version: '2',
      t: plan.reference,
      dockerfile: plan.dockerfile,
      nocache: plan.noCache ? '1' : '0',
      // Never the host's network: a step would see what listens on its loopback.
      networkmode: 'default',
      labels: JSON.stringify({
        [label.install]: this.installId,
        [label.service]: plan.serviceId,
        [label.deployment]: plan.deploymentId,
      }),
    }
  }

  private async limit(plan: BuildPlan, options: BuildOptions): Promise<void> {
    const reason = await this.limiter.apply(plan)
    if (reason === undefined || this.hasToldLimits) return
    this.hasToldLimits = true
    options.onLine({ kind: 'output', step: '', text: `This build has no memory and CPU limit: ${reason}` })
  }

  /** Ending the request cancels the build too; this is for a daemon that has not noticed it. */
  private async cancel(buildId: string): Promise<void> {
    const request = {
      method: 'POST',
      path: '/build/cancel',
      query: { id: buildId },
      timeoutMs: cancelTimeoutMs,
    } as const
    // By now the answer is given; a daemon that is away has no build either.
    await this.connection.open(request).then((answer) => answer.ok && answer.value.body.resume(), errorText)
  }
}

/** Resolves when the caller cancels or the time is over. */
function interrupted({ signal, timeoutMs }: BuildOptions) {
  const { promise: reason, resolve } = Promise.withResolvers<'canceled' | 'timeout'>()
  const onAbort = () => resolve('canceled')
  const timer = setTimeout(() => resolve('timeout'), timeoutMs)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    reason,
    end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

function timeoutMessage(timeoutMs: number): string {
  return `the build did not end within ${Math.round(timeoutMs / 1000)} s`
}
