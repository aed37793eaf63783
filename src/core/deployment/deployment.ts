import type { FailureCode } from './failure.ts'

export type DeploymentState =
  | 'queued'
  | 'awaiting_approval'
  | 'building'
  | 'releasing'
  | 'starting'
  | 'live'
  | 'failed'
  | 'canceled'
  | 'superseded'
  | 'removed'

/** What made it. Restart: same release. Redeploy: same image. Rebuild: same commit. Rollback: an earlier release. */
export type Trigger = 'push' | 'redeploy' | 'rebuild' | 'restart' | 'rollback'

/** Each state's allowed next states; `store.move` knows no others. */
export const nextStates: Record<DeploymentState, readonly DeploymentState[]> = {
  queued: ['awaiting_approval', 'building', 'releasing', 'starting', 'failed', 'canceled', 'superseded'],
  awaiting_approval: ['queued', 'canceled', 'superseded'],
  building: ['queued', 'releasing', 'failed', 'canceled', 'superseded'],
  releasing: ['starting', 'failed', 'canceled', 'superseded'],
  starting: ['live', 'failed', 'canceled', 'superseded'],
  live: ['removed'],
  failed: [],
  canceled: [],
  superseded: [],
  removed: [],
}

export const openStates = ['queued', 'awaiting_approval', 'building', 'releasing', 'starting'] as const

/** Still on its way: it may change by itself and can be canceled. */
export function isOpen(state: DeploymentState): boolean {
  return (openStates as readonly string[]).includes(state)
}

export interface Deployment {
  id: string
  instanceId: string
  number: number
  state: DeploymentState
  /** Finer progress inside the state, a short phrase for people; may be empty. */
  step: string
  trigger: Trigger
  commitSha: string
  commitSubject: string
  commitAuthor: string
  branch: string
  actor: string
  /** Of the deployment whose image or release this one takes over. */
  fromDeploymentId: string | undefined
  imageId: string | undefined
  releaseId: string | undefined
  noCache: boolean
  /** The branch is to follow this deployment once it is live; `isBranchMoved` when it has. */
  movesBranch: boolean
  isBranchMoved: boolean
  code: FailureCode | undefined
  /** Why it ended as it did, as far as known, and what to do; both may have several lines. */
  why: string | undefined
  hint: string | undefined
  supersededBy: number | undefined
  isCancelRequested: boolean
  createdAt: number
  buildingAt: number | undefined
  builtAt: number | undefined
  startingAt: number | undefined
  liveAt: number | undefined
  endedAt: number | undefined
}

export type DeploymentAction = 'cancel' | 'redeploy' | 'rebuild' | 'rollback'

/** What may be done with a deployment now. `hasImage`: its image has not been cleaned up. */
export function actionsOf(deployment: Deployment, hasImage: boolean): DeploymentAction[] {
  if (isOpen(deployment.state)) return deployment.isCancelRequested ? [] : ['cancel']
  const actions: DeploymentAction[] = []
  if (deployment.state === 'removed' && hasImage && deployment.releaseId !== undefined) actions.push('rollback')
  return actions
}
