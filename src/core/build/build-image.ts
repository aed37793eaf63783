import { HandcarError, isHandcarError } from '../../kernel/errors.ts'
import { createRedactor } from '../../kernel/redact.ts'
import type { BuildLine, BuildOutcome } from '../../ports/image-builder.ts'
import type { Ctx } from '../ctx.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { type Failure, type FailureCode, failure, failures, isFailure } from '../deployment/failure.ts'
import { move, setStep } from '../deployment/move.ts'
import { findDeploymentIn } from '../deployment/store.ts'
import { getInstance } from '../service/read.ts'
import type { Service } from '../service/service.ts'
import { archive } from '../source/archive.ts'
import { fileMapOf } from '../source/read-files.ts'
import { variablesOf } from '../variable/read.ts'
import { createBuildReport } from './build-report.ts'
import type { SourcePlan } from './builders/provider.ts'
import { diagnoseBuild } from './diagnose.ts'
import { checkDisk } from './disk.ts'
import { ignorer } from './ignore.ts'
import { planBuild } from './plan.ts'
import { recordImage } from './store.ts'

/** What one build may use; the lane lets one run at a time. */
export const buildLimits = { memoryBytes: 2 * 1024 ** 3, cpuMillis: 1500 } as const

/**
 * Source → image. The commit's tree streams from the repository into the builder and never touches the disk.
 * The image's name follows from the deployment, so a build that finished just before a crash is found again.
 */
export async function buildImage(ctx: Ctx, queued: Deployment, signal: AbortSignal): Promise<Failure | undefined> {
  const service = await getInstance(ctx, queued.instanceId)
  if (
    queued.state === 'queued' &&
    !(await move(ctx, queued, { from: 'queued', to: 'building', changes: { step: 'fetching' } }))
  )
    return undefined
  const deployment = { ...queued, state: 'building' as const }
  const reference = imageReference(service, deployment)
  // None of the three needs another, and each waits for somebody else.
  const [full, plan, finished] = await Promise.all([
    checkDisk(ctx),
    planOf(ctx, service, deployment),
    ctx.builder.find(reference),
  ])
  // Told only now: while the builder is away this is tried again and again.
  await appendLog(ctx, deployment.id, tellPlan(deployment, plan))
  if (full) return full
  if (isFailure(plan)) return plan
  if (finished?.deploymentId === deployment.id) {
    await recordImage(ctx, deployment, service.id, finished, plan.builder)
    return undefined
  }
  await setStep(ctx, deployment, 'building')
  return build(ctx, service, deployment, plan, signal)
}

export function imageReference(service: Service, deployment: Deployment): string {
  return `handcar/${service.id}:${deployment.id}`
}

/** Detects and decides. */
async function planOf(ctx: Ctx, service: Service, deployment: Deployment): Promise<SourcePlan | Failure> {
  const { rootDirectory, startCommand } = service.settings
  const files = await fileMapOf(ctx, service.id, deployment.commitSha, rootDirectory).catch(sourceFailure)
  if (isFailure(files)) return files
  return planBuild(files, {
    rootDirectory,
    startCommand,
    serviceId: service.id,
    cacheEpoch: service.cacheEpoch,
    basePrefix: ctx.config.basePrefix,
  })
}

/** What was decided and why: the first lines of the log. */
function tellPlan({ commitSha, commitSubject }: Deployment, plan: SourcePlan | Failure): string {
  const fetching = `-----> Fetching ${commitSha.slice(0, 7)} ${commitSubject}`
  if (!('decisions' in plan)) return fetching
  const decided = plan.decisions.map(({ what, value, source }) => `${what}: ${value} (${source})`)
  const warned = plan.warnings.map((warning) => `Note: ${warning}`)
  const title =
    'builder' in plan
      ? `-----> Building with ${plan.builder === 'dockerfile' ? 'the Dockerfile' : plan.builder}`
      : '-----> Detecting'
  return [fetching, title, ...decided, ...warned].join('\n')
}

async function build(
  ctx: Ctx,
  service: Service,
  deployment: Deployment,
  plan: SourcePlan,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const redact = createRedactor(await variablesOf(ctx, service.instanceId))
  const report = createBuildReport((text) => appendLog(ctx, deployment.id, redact(text)))
  const extraFiles = { ...plan.extraFiles, ...generatedFile(plan) }
  const context = archive(ctx, service.id, deployment.commitSha, service.settings.rootDirectory, {
    ignore: ignorer(plan.ignore),
    extraFiles: new Map(Object.entries(extraFiles)),
  })
  let unsent: Error | undefined
  context.once('error', (error: Error) => {
    unsent = error
  })
  const wanted = {
    reference: imageReference(service, deployment),
    serviceId: service.id,
    deploymentId: deployment.id,
    dockerfile: plan.dockerfile.path,
    noCache: deployment.noCache,
    ...buildLimits,
  }
  const onLine = (line: BuildLine) => report.line(line)
  const outcome = await ctx.builder
    .build(wanted, context, { signal, timeoutMs: ctx.config.buildTimeoutMs, onLine })
    .catch((error: unknown) => sourceFailure(unsent ?? error))
  if (isFailure(outcome)) {
    await report.finish()
    return outcome
  }
  const isToldByNoStep = !outcome.ok && outcome.reason === 'failed' && outcome.exitCode === undefined && !unsent
  if (isToldByNoStep) report.line({ kind: 'output', step: '', text: outcome.message })
  await report.finish()
  context.destroy()
  if (!outcome.ok && unsent) return sourceFailure(unsent)
  if (!outcome.ok) {
    const told = { ...outcome, message: redact(outcome.message) }
    return failureOf(ctx, deployment, plan, told, report.lastLines().map(redact))
  }
  const megabytes = Math.round(outcome.image.sizeBytes / 1024 / 1024)
  await appendLog(ctx, deployment.id, `-----> Built an image of ${megabytes} MB in ${report.seconds()} s`)
  await recordImage(ctx, deployment, service.id, outcome.image, plan.builder)
  return undefined
}

/** What is wrong with the pushed files is the deployment's failure; anything else is ours and thrown on. */
function sourceFailure(error: unknown): Failure {
  if (!isHandcarError(error) || !(error.code in failures)) throw error
  return failure(error.code as FailureCode, error.message, error.hint)
}

function generatedFile(plan: SourcePlan): Record<string, string> {
  const { path, content } = plan.dockerfile
  return content === undefined ? {} : { [path]: content }
}

const codes: Record<Exclude<BuildOutcome, { ok: true }>['reason'], FailureCode> = {
  failed: 'build.failed',
  timeout: 'build.timeout',
  canceled: 'deploy.canceled',
  out_of_memory: 'build.out_of_memory',
  registry: 'build.registry',
  dockerfile_not_found: 'build.dockerfile_not_found',
}

async function failureOf(
  ctx: Ctx,
  deployment: Deployment,
  plan: SourcePlan,
  outcome: Exclude<BuildOutcome, { ok: true }>,
  lastLines: string[],
): Promise<Failure> {
  if (outcome.reason === 'canceled') {
    const now = await findDeploymentIn(ctx.db, deployment.id)
    if (!now?.isCancelRequested) throw stopping()
    return failure('deploy.canceled')
  }
  if (outcome.reason === 'timeout') {
    return failure(
      'build.timeout',
      `The build was still running after ${ctx.config.buildTimeoutMs / 1000} s and was stopped.`,
    )
  }
  if (outcome.reason === 'registry') {
    const hint = plan.builder === 'dockerfile' ? undefined : generatedRegistryHint
    return failure('build.registry', outcome.message, hint)
  }
  if (outcome.reason !== 'failed') return failure(codes[outcome.reason])
  const { why, doSteps } = diagnoseBuild(
    [...lastLines, ...outcome.message.split('\n')],
    outcome.step ?? '',
    outcome.exitCode,
    plan.builder,
  )
  return failure('build.failed', why, doSteps.join('\n'))
}

const generatedRegistryHint =
  'Check that the version that the app asks for exists, and the network of this server.\nThen push again.'

/** Nobody canceled: the server itself is going down. The job goes back and the build begins anew. */
function stopping(): HandcarError {
  return new HandcarError({ code: 'server.stopping', kind: 'unavailable', message: 'The server is stopping' })
}
