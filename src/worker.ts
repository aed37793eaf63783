import type { Ctx } from './core/ctx.ts'
import { topics } from './core/ctx.ts'
import { deploy, fail, type Lane } from './core/deployment/deploy.ts'
import type { Deployment } from './core/deployment/deployment.ts'
import { failure } from './core/deployment/failure.ts'
import { findDeploymentForJob } from './core/deployment/read.ts'
import { errorText, isHandcarError } from './kernel/errors.ts'
import { finishJob, freeLeases, type Job, leaseJob, nextDue, releaseJob } from './kernel/queue.ts'

/** How many jobs of a lane run at once: one build, many roll-outs. */
const lanes: Record<Lane, number> = { build: 1, roll_out: 8 }
/** A job that a dying server took along this often is given up. */
const attemptsMax = 2
/** After the engine or the disk failed us, not the app. */
const retryMs = 2_000
const lookAgainMs = 10_000
/** How long a deploy waits for an engine that is away. */
const waitForOutsideMs = 30 * 60_000

export interface Worker {
  /** Resolves when every running job has been left in a state from which it goes on at the next start. */
  stop(): Promise<void>
}

/** Takes due jobs from the queue, one act each. */
export async function startWorker(ctx: Ctx, bootId: string): Promise<Worker> {
  await freeLeases(ctx.db)
  const stopping = new AbortController()
  const unwellSince: UnwellSince = new Map()
  const loops = (Object.keys(lanes) as Lane[]).flatMap((lane) =>
    Array.from({ length: lanes[lane] }, () => serve(ctx, lane, bootId, unwellSince, stopping.signal)),
  )
  return {
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

async function serve(
  ctx: Ctx,
  lane: Lane,
  bootId: string,
  unwellSince: UnwellSince,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    const news = ctx.bus.next(topics.jobs, lookAgainMs, stopping)
    try {
      const job = await leaseJob(ctx.db, lane, bootId, ctx.clock.now())
      if (job) await carry(ctx, job, lane, unwellSince, stopping)
      else await Promise.race([news, untilDue(ctx, lane, stopping)])
    } catch (error) {
      ctx.log.error({ lane, error: errorText(error) }, 'the worker could not take a job')
      await ctx.clock.sleep(retryMs, stopping)
    }
  }
}

async function untilDue(ctx: Ctx, lane: Lane, stopping: AbortSignal): Promise<void> {
  const due = await nextDue(ctx.db, lane)
  const waitMs = due === undefined ? lookAgainMs : due - ctx.clock.now()
  await ctx.clock.sleep(Math.min(lookAgainMs, Math.max(10, waitMs)), stopping)
}

/** When the outside first failed a job that it has failed ever since, by the job's id. */
type UnwellSince = Map<string, number>

/** A job whose end could not even be written down, as on a full disk, goes back into the queue once it can. */
async function carry(ctx: Ctx, job: Job, lane: Lane, unwellSince: UnwellSince, stopping: AbortSignal): Promise<void> {
  const giveBack = () => releaseJob(ctx.db, job, ctx.clock.now())
  for (let act = () => work(ctx, job, lane, unwellSince, stopping); ; act = giveBack) {
    try {
      return await act()
    } catch (error) {
      ctx.log.error({ job: job.id, error: errorText(error) }, 'a job could not be ended')
      await ctx.clock.sleep(retryMs, stopping)
      if (stopping.aborted) return
    }
  }
}

/** One job to its end, to another lane, or back into the queue when the outside was unwell. */
async function work(ctx: Ctx, job: Job, lane: Lane, unwellSince: UnwellSince, stopping: AbortSignal): Promise<void> {
  const deployment = await findDeploymentForJob(ctx, job.subjectId)
  // What is starting already belongs to the mover: the job has nothing left to do.
  if (!deployment || deployment.state === 'starting') return finishJob(ctx.db, job.id)
  if (job.attempts > attemptsMax) {
    await fail(ctx, deployment, failure('server.interrupted'))
    return finishJob(ctx.db, job.id)
  }
  const asked = new AbortController()
  const unsubscribe = ctx.bus.subscribe(topics.instance(deployment.instanceId), () => {
    findDeploymentForJob(ctx, job.subjectId).then(
      (now) => now?.isCancelRequested !== false && asked.abort(),
      (error: unknown) => ctx.log.warn({ error: errorText(error) }, 'could not look for a cancel'),
    )
  })
  try {
    const next = await deploy(ctx, job.subjectId, lane, AbortSignal.any([asked.signal, stopping]))
    unwellSince.delete(job.id)
    if (next === 'done') return await finishJob(ctx.db, job.id)
    await releaseJob(ctx.db, job, ctx.clock.now(), next)
    ctx.bus.publish(topics.jobs)
  } catch (error) {
    ctx.log.error({ job: job.id, deployment: job.subjectId, error: errorText(error) }, 'a deploy was interrupted')
    await tryLater(ctx, job, deployment, { error, unwellSince, isStopping: stopping.aborted })
  } finally {
    unsubscribe()
  }
}

/** While the engine is away a deploy waits for it, within bounds; our own mistakes count as attempts. */
async function tryLater(
  ctx: Ctx,
  job: Job,
  deployment: Deployment,
  trouble: { error: unknown; unwellSince: UnwellSince; isStopping: boolean },
): Promise<void> {
  const { error, unwellSince, isStopping } = trouble
  const now = ctx.clock.now()
  const isOutside = isHandcarError(error, 'unavailable') || isHandcarError(error, 'timeout')
  if (isOutside && isStopping) return releaseJob(ctx.db, { ...job, attempts: job.attempts - 1 }, now)
  const since = unwellSince.get(job.id) ?? now
  unwellSince.set(job.id, since)
  const isGivenUp = isOutside ? now - since > waitForOutsideMs : job.attempts >= attemptsMax
  if (isGivenUp) {
    unwellSince.delete(job.id)
    await fail(ctx, deployment, failure('server.interrupted', isOutside ? errorText(error) : ownMistake))
    return finishJob(ctx.db, job.id)
  }
  await releaseJob(ctx.db, isOutside ? { ...job, attempts: job.attempts - 1 } : job, now + retryMs)
}

const ownMistake = 'Handcar itself failed while it worked on this, twice. Its own log tells how: journalctl -u handcar'
