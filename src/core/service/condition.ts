import type { ReplicaState } from '../replica/replica.ts'
import type { Condition } from './service.ts'

export interface ConditionParts {
  isStopped: boolean
  hasLive: boolean
  hasOpen: boolean
  /** Of the live deployment, those that shall run. */
  replicas: ReplicaState[]
}

/** One word for a service, from what was last observed. Nothing is guessed: no rows means no health. */
export function conditionOf(parts: ConditionParts): Condition {
  if (parts.isStopped) return 'stopped'
  if (!parts.hasLive) return parts.hasOpen ? 'starting' : 'never_deployed'
  if (parts.replicas.length === 0) return 'stopped'
  const count = (state: ReplicaState) => parts.replicas.filter((replica) => replica === state).length
  const healthy = count('healthy')
  if (healthy === parts.replicas.length) return 'active'
  if (healthy > 0) return 'degraded'
  if (count('crashed') > 0) return 'crashed'
  return count('starting') > 0 ? 'starting' : 'degraded'
}
