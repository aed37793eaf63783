import type { Selectable, Updateable } from 'kysely'
import { assert, HandcarError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { Reader, Tx } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { DeploymentRow } from '../tables.ts'
import { type Deployment, type DeploymentState, isOpen, nextStates, openStates, type Trigger } from './deployment.ts'
import { type Ending, endingOf, type FailureCode, failures } from './failure.ts'

export interface NewDeployment {
  instanceId: string
  trigger: Trigger
  commit: { sha: string; subject: string; author: string }
  branch: string
  noCache: boolean
  movesBranch: boolean
  fromDeploymentId: string | undefined
  imageId: string | undefined
  releaseId: string | undefined
  actor: string
}

/** Writes the row under the next number of its instance. */
export async function insertDeploymentIn(tx: Tx, deployment: NewDeployment, now: number): Promise<Deployment> {
  const { number } = await tx
    .updateTable('instance')
    .set((is) => ({ nextNumber: is('nextNumber', '+', 1) }))
    .where('id', '=', deployment.instanceId)
    .returning((is) => is('nextNumber', '-', 1).as('number'))
    .executeTakeFirstOrThrow()
  const row = await tx
    .insertInto('deployment')
    .values({
      id: newId(now),
      instanceId: deployment.instanceId,
      number,
      state: 'queued',
      step: '',
      trigger: deployment.trigger,
      commitSha: deployment.commit.sha,
      commitSubject: deployment.commit.subject,
      commitAuthor: deployment.commit.author,
      branch: deployment.branch,
      noCache: deployment.noCache ? 1 : 0,
      movesBranch: deployment.movesBranch ? 1 : 0,
      fromDeploymentId: deployment.fromDeploymentId ?? null,
      imageId: deployment.imageId ?? null,
      releaseId: deployment.releaseId ?? null,
      actor: deployment.actor,
      createdAt: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await recordIn(tx, row.id, 'deployment.requested', deployment.actor, { trigger: deployment.trigger }, now)
  return toDeployment(row)
}

export interface Move {
  from: DeploymentState
  to: DeploymentState
  /** Written with the state. */
  changes?: Updateable<DeploymentRow>
}

/**
 * The one door for state: updates only a row that still is in `from`, with its event in the same transaction.
 * False when the deployment has moved on meanwhile.
 */
export async function moveIn(tx: Tx, id: string, move: Move, now: number): Promise<boolean> {
  assert(nextStates[move.from].includes(move.to), `a deployment never goes from ${move.from} to ${move.to}`)
  const { numUpdatedRows } = await tx
    .updateTable('deployment')
    .set({ state: move.to, step: '', ...timeOf(move.to, now), ...move.changes })
    .where('id', '=', id)
    .where('state', '=', move.from)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  await recordIn(tx, id, `deployment.${move.to}`, 'handcar', {}, now)
  return true
}

/** Ends an open deployment for a reason; canceled and superseded are states of their own. */
export async function endIn(tx: Tx, deployment: Deployment, ending: Ending, now: number): Promise<boolean> {
  const text = failures[ending.code]
  const to = stateOfEnding(ending.code)
  const changes = { code: ending.code, why: ending.why ?? text.why, hint: ending.hint ?? text.hint }
  return moveIn(tx, deployment.id, { from: deployment.state, to, changes }, now)
}

function stateOfEnding(code: FailureCode): 'canceled' | 'superseded' | 'failed' {
  if (code === 'deploy.canceled') return 'canceled'
  return code === 'deploy.superseded' ? 'superseded' : 'failed'
}

/** Columns other than the state. */
export async function updateIn(tx: Reader, id: string, changes: Updateable<DeploymentRow>): Promise<void> {
  assert(changes.state === undefined, 'a state is only written by moveIn')
  await tx.updateTable('deployment').set(changes).where('id', '=', id).execute()
}

/** Deployments of the instance that are still on their way, newest first. */
export async function openDeploymentsIn(tx: Reader, instanceId: string): Promise<Deployment[]> {
  const rows = await tx
    .selectFrom('deployment')
    .selectAll()
    .where('instanceId', '=', instanceId)
    .where('state', 'in', [...openStates])
    .orderBy('number', 'desc')
    .execute()
  return rows.map(toDeployment)
}

export async function findDeploymentIn(tx: Reader, id: string): Promise<Deployment | undefined> {
  const row = await tx.selectFrom('deployment').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toDeployment(row)
}

/** Asks an open deployment to end. What runs sees it and stops; what only waits ends at once. */
export async function requestEndIn(tx: Tx, deployment: Deployment, by: number | undefined, now: number): Promise<void> {
  if (!isOpen(deployment.state)) throw alreadyEnded(deployment)
  const isWaiting = deployment.state === 'queued' || deployment.state === 'awaiting_approval'
  await updateIn(tx, deployment.id, { cancelRequestedAt: now, supersededBy: by ?? null })
  if (isWaiting) await endIn(tx, deployment, endingOf(by), now)
}

function alreadyEnded(deployment: Deployment): HandcarError {
  return new HandcarError({
    code: 'deployment.already_ended',
    kind: 'conflict',
    message: `Deployment #${deployment.number} has already ended`,
    hint: 'Reload the page to see how',
  })
}

function timeOf(state: DeploymentState, now: number): Updateable<DeploymentRow> {
  if (state === 'building') return { buildingAt: now }
  if (state === 'releasing') return { builtAt: now }
  if (state === 'starting') return { startingAt: now }
  if (state === 'live') return { liveAt: now }
  return isOpen(state) ? {} : { endedAt: now }
}

async function recordIn(
  tx: Tx,
  deploymentId: string,
  kind: string,
  actor: string,
  detail: Record<string, string>,
  at: number,
): Promise<void> {
  const { teamId } = await tx
    .selectFrom('deployment')
    .innerJoin('instance', 'instance.id', 'deployment.instanceId')
    .innerJoin('service', 'service.id', 'instance.serviceId')
    .innerJoin('project', 'project.id', 'service.projectId')
    .where('deployment.id', '=', deploymentId)
    .select('project.teamId')
    .executeTakeFirstOrThrow()
  await recordEventIn(tx, { teamId, kind, subjectId: deploymentId, actor, detail, at })
}

export function toDeployment(row: Selectable<DeploymentRow>): Deployment {
  return {
    id: row.id,
    instanceId: row.instanceId,
    number: row.number,
    state: row.state as DeploymentState,
    step: row.step,
    trigger: row.trigger as Trigger,
    commitSha: row.commitSha,
    commitSubject: row.commitSubject,
    commitAuthor: row.commitAuthor,
    branch: row.branch,
    actor: row.actor,
    fromDeploymentId: row.fromDeploymentId ?? undefined,
    imageId: row.imageId ?? undefined,
    releaseId: row.releaseId ?? undefined,
    noCache: row.noCache === 1,
    movesBranch: row.movesBranch === 1,
    isBranchMoved: row.branchMovedAt !== null,
    code: (row.code as FailureCode | null) ?? undefined,
    why: row.why ?? undefined,
    hint: row.hint ?? undefined,
    supersededBy: row.supersededBy ?? undefined,
    isCancelRequested: row.cancelRequestedAt !== null,
    createdAt: row.createdAt,
    buildingAt: row.buildingAt ?? undefined,
    builtAt: row.builtAt ?? undefined,
    startingAt: row.startingAt ?? undefined,
    liveAt: row.liveAt ?? undefined,
    endedAt: row.endedAt ?? undefined,
  }
}
