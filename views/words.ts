import type { Deployment, DeploymentState, Trigger } from '../src/core/deployment/deployment.ts'
import type { FailureCode } from '../src/core/deployment/failure.ts'
import type { ReplicaState } from '../src/core/replica/replica.ts'
import type { Condition, ServiceSummary } from '../src/core/service/service.ts'

/** Colour by meaning. `live`: happening now. `staged`: not deployed yet. */
export type Tone = 'ok' | 'live' | 'warn' | 'err' | 'staged' | 'idle'

/** A state is told by its word and its shape too, never by colour alone. */
export type Shape = 'dot' | 'square' | 'ring' | 'ping'

export interface StateWord {
  word: string
  tone: Tone
  shape: Shape
}

const state = (word: string, tone: Tone, shape: Shape = 'dot'): StateWord => ({ word, tone, shape })

/** The one table from states to what people read. */
export const deploymentWords: Record<DeploymentState, StateWord> = {
  queued: state('Queued', 'live', 'ping'),
  awaiting_approval: state('Awaiting approval', 'staged', 'ring'),
  building: state('Building', 'live', 'ping'),
  releasing: state('Releasing', 'live', 'ping'),
  starting: state('Starting', 'live', 'ping'),
  live: state('Active', 'ok'),
  failed: state('Failed', 'err', 'square'),
  canceled: state('Canceled', 'idle', 'square'),
  superseded: state('Superseded', 'idle'),
  removed: state('Retired', 'idle'),
}

export const conditionWords: Record<Condition, StateWord> = {
  never_deployed: state('Not deployed', 'idle', 'ring'),
  active: state('Active', 'ok'),
  starting: state('Starting', 'live', 'ping'),
  degraded: state('Degraded', 'warn'),
  crashed: state('Crashed', 'err', 'square'),
  stopped: state('Stopped', 'idle', 'square'),
}

export const replicaWords: Record<ReplicaState, StateWord> = {
  starting: state('Starting', 'live', 'ping'),
  healthy: state('Healthy', 'ok'),
  unhealthy: state('Unhealthy', 'warn'),
  draining: state('Draining', 'live', 'ping'),
  crashed: state('Crashed', 'err', 'square'),
  stopped: state('Stopped', 'idle', 'square'),
  sleeping: state('Sleeping', 'idle'),
}

/** What is on its way says more than what runs; a first push that failed is told as such. */
export function serviceWord({ condition, open, latest }: ServiceSummary): StateWord {
  if (open !== undefined) return wordOf(open)
  if (condition === 'never_deployed' && latest?.state === 'failed') return deploymentWords.failed
  return conditionWords[condition]
}

/** What happened, for a deployment's second line: "8f3c2d1 pushed to main by Jonas". */
export const triggerWords: Record<Trigger, string> = {
  push: 'pushed',
  redeploy: 'redeployed',
  rebuild: 'rebuilt',
  restart: 'restarted',
  rollback: 'rolled back to',
}

/** Live, but its app ended so often that it is not started any more. */
export function isCrashed({ state: now, code }: Deployment): boolean {
  return now === 'live' && code !== undefined
}

/** Whether there is something to explain: it did not go live, or keeps crashing since. */
export function hasTrouble(deployment: Deployment): boolean {
  return deployment.code !== undefined && (deployment.state === 'failed' || isCrashed(deployment))
}

/** A canceled deployment whose cancel has not come through yet says so. */
export function wordOf(deployment: Deployment): StateWord {
  if (isCrashed(deployment)) return conditionWords.crashed
  const word = deploymentWords[deployment.state]
  const isEnding = deployment.isCancelRequested && word.shape === 'ping'
  return isEnding ? { ...word, word: 'Canceling' } : word
}

/** The badge of a failed deployment: which part of the way it did not get past. */
export function failedWord(code: FailureCode | undefined): string {
  if (code === undefined) return 'Failed'
  if (code === 'app.crash_loop') return 'Crashed'
  if (code === 'health.bad_status') return 'Health check failed'
  if (code === 'deploy.timeout' || code === 'build.timeout') return 'Timed out'
  if (code === 'app.out_of_memory' || code === 'build.out_of_memory') return 'Ran out of memory'
  if (code === 'server.interrupted') return 'Interrupted'
  if (code.startsWith('build.') || code.startsWith('source.')) return 'Build failed'
  if (code.startsWith('app.')) return 'Start failed'
  return 'Failed'
}
