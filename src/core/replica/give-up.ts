import { errorText, isHandcarError } from '../../kernel/errors.ts'
import { type Ctx, tellChanged } from '../ctx.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { endInLog } from '../deployment/ending.ts'
import { endingOf, type Failure, failure, failures } from '../deployment/failure.ts'
import { endIn, findDeploymentIn, updateIn } from '../deployment/store.ts'
import { crashWhy, explainExit, explainLate } from './explain.ts'
import { known, type Memory, type Sight } from './observe.ts'
import type { Replica } from './replica.ts'
import { crashLoop, recentExits, updateReplica } from './store.ts'

export type GivingUp =
  | { cause: 'ending' | 'exited' | 'late'; replica: Replica | undefined }
  | { cause: 'refused'; failure: Failure }

/** The candidate cannot become live: why is found out while its replicas are still there, then it is written down. */
export async function failCandidate(ctx: Ctx, memory: Memory, sight: Sight, by: GivingUp): Promise<void> {
  const candidateId = sight.wanted.candidate?.deploymentId
  const deployment = candidateId === undefined ? undefined : await findDeploymentIn(ctx.db, candidateId)
  if (deployment?.state !== 'starting') return
  const isAsked = deployment.isCancelRequested || sight.service.isDeleted
  const ending = isAsked ? endingOf(deployment.supersededBy) : await explain(ctx, memory, sight, by)
  await endInLog(ctx, deployment, ending)
  await ctx.db.transaction().execute((tx) => endIn(tx, deployment, ending, ctx.clock.now()))
  tellChanged(ctx, deployment.instanceId)
}

/** What can be found out; an engine that does not tell more keeps nothing from ending. */
async function explain(ctx: Ctx, memory: Memory, sight: Sight, by: GivingUp): Promise<Failure> {
  if (by.cause === 'refused') return by.failure
  try {
    return await findOut(ctx, memory, sight, by)
  } catch (error) {
    if (isHandcarError(error) && error.code === 'engine.unavailable') throw error
    ctx.log.warn(
      { instance: sight.service.instanceId, error: errorText(error) },
      'could not find out why an app was not ready',
    )
    return failure(by.cause === 'exited' ? 'app.exited' : 'deploy.timeout')
  }
}

type Unready = Exclude<GivingUp, { cause: 'refused' }>

async function findOut(ctx: Ctx, memory: Memory, sight: Sight, by: Unready): Promise<Failure> {
  const deploymentId = sight.wanted.candidate?.deploymentId
  if (deploymentId === undefined) return failure('deploy.timeout')
  const { settings } = (await known(ctx, memory, deploymentId)).release
  const own = sight.observed.filter(({ replica }) => replica.deploymentId === deploymentId && replica.wanted === 'run')
  const isRunning = own.some(
    ({ replica, run }) => replica.id === by.replica?.id && run !== 'absent' && run !== 'created',
  )
  if (!by.replica && own.some(({ replica }) => replica.state === 'healthy')) {
    return failure('deploy.timeout', proxySilent)
  }
  if (!by.replica || !isRunning) {
    const trouble = memory.trouble.get(sight.service.instanceId)
    const told = trouble === undefined ? '' : `\nThe server met this: ${trouble}`
    return failure('deploy.timeout', `The app was not started within ${settings.healthTimeoutS} s.${told}`, tryAgain)
  }
  if (by.cause === 'exited') return explainExit(ctx, by.replica, settings.memoryBytes)
  return explainLate(ctx, by.replica, settings, memory.probes.get(by.replica.id))
}

/** A live replica that ends again and again is not started any more; the deployment says why, once. */
export async function giveUpOn(ctx: Ctx, replica: Replica): Promise<void> {
  if (replica.state === 'crashed') return
  const exits = await recentExits(ctx, replica)
  const why = crashWhy(exits, crashLoop.withinMs)
  await updateReplica(ctx.db, replica.id, { state: 'crashed' })
  await updateIn(ctx.db, replica.deploymentId, { code: 'app.crash_loop', why, hint: failures['app.crash_loop'].hint })
  await appendLog(ctx, replica.deploymentId, ` !     ${why}`)
  tellChanged(ctx, replica.instanceId)
}

const proxySilent = 'The app was ready, but the proxy did not confirm the switch in time. The old release goes on.'
const tryAgain = 'Press Redeploy. If it happens again, look at what the server met above.'
