import { buildImage } from '../build/build-image.ts'
import { type Ctx, tellWanted } from '../ctx.ts'
import { createRelease } from '../release/create-release.ts'
import { type Deployment, isOpen } from './deployment.ts'
import { appendLog } from './deployment-log.ts'
import { endInLog } from './ending.ts'
import { endingOf, type Failure, isFailure } from './failure.ts'
import { move } from './move.ts'
import { endIn, findDeploymentIn } from './store.ts'

/**
 * How a push becomes a running app. A push is already rows when we come here (`request-deployment.ts`); the worker
 * calls `deploy` until it answers `done`. Each room of the walk takes what the one before left in the rows, leaves
 * its own result there, and answers with a failure when the app, not the server, is at fault. So a crash at any
 * point costs nothing: the next call looks which results exist and goes on behind them.
 *
 *   build      source/  build/    the commit becomes an image                 (a push, a rebuild)
 *   release    release/           image + variables + settings, frozen        (a redeploy begins here)
 *   roll out   replica/           wanted: this release; the mover does it     (a restart, a rollback begin here)
 *
 * The mover (`replica/converge.ts`) starts the new replicas, probes them, points the route, drains the old ones and
 * moves the deployment to `live` or `failed`. Until then the old release serves.
 */
interface Room {
  /** Jobs of a lane share a limit, so that a rollback never waits for somebody's build. */
  lane: Lane
  isDone(deployment: Deployment): boolean
  enter(ctx: Ctx, deployment: Deployment, signal: AbortSignal): Promise<Failure | undefined>
}

export type Lane = 'build' | 'roll_out'

const walk: readonly Room[] = [
  { lane: 'build', isDone: (deployment) => deployment.imageId !== undefined, enter: buildImage },
  { lane: 'roll_out', isDone: (deployment) => deployment.releaseId !== undefined, enter: createRelease },
  { lane: 'roll_out', isDone: (deployment) => deployment.state === 'starting', enter: rollOut },
]

/**
 * Goes through the rooms of one lane. Answers `done`, or the lane in which to go on.
 * The signal aborts when somebody cancels, a newer deployment takes over, or the server stops.
 */
export async function deploy(ctx: Ctx, deploymentId: string, lane: Lane, signal: AbortSignal): Promise<'done' | Lane> {
  for (const room of walk) {
    const deployment = await findDeploymentIn(ctx.db, deploymentId)
    if (!deployment || !isOpen(deployment.state)) return 'done'
    if (deployment.isCancelRequested && deployment.state !== 'starting') return fail(ctx, deployment, undefined)
    if (room.isDone(deployment)) continue
    if (room.lane !== lane) return room.lane
    const outcome = await room.enter(ctx, deployment, signal)
    if (isFailure(outcome)) return fail(ctx, deployment, outcome)
  }
  return 'done'
}

/** Makes this release the wanted one. From here on the mover has it. */
async function rollOut(ctx: Ctx, deployment: Deployment): Promise<undefined> {
  await appendLog(ctx, deployment.id, '-----> Starting')
  await move(ctx, deployment, { from: deployment.state, to: 'starting', changes: { step: 'starting' } })
  tellWanted(ctx, deployment.instanceId)
}

/** Writes down how it ended; a cancel that came meanwhile counts for more than what it caused. */
export async function fail(ctx: Ctx, before: Deployment, cause: Failure | undefined): Promise<'done'> {
  const deployment = await findDeploymentIn(ctx.db, before.id)
  if (!deployment || !isOpen(deployment.state)) return 'done'
  const ending = deployment.isCancelRequested || !cause ? endingOf(deployment.supersededBy) : cause
  await endInLog(ctx, deployment, ending)
  await ctx.db.transaction().execute((tx) => endIn(tx, deployment, ending, ctx.clock.now()))
  tellWanted(ctx, deployment.instanceId)
  return 'done'
}
