export type ReplicaState = 'starting' | 'healthy' | 'unhealthy' | 'draining' | 'crashed' | 'stopped' | 'sleeping'

/** One running copy of a release. `wanted` is the intent; `state` is what was last observed. */
export interface Replica {
  id: string
  instanceId: string
  deploymentId: string
  ordinal: number
  wanted: 'run' | 'remove'
  state: ReplicaState
  /** Named in the proxy's table: set before the table is written, cleared before it is written without. */
  isRouted: boolean
  address: string | undefined
  exitCode: number | undefined
  /** Engine's start time of the run that `state` speaks of. */
  startedAt: number | undefined
  healthyAt: number | undefined
  drainingAt: number | undefined
  restartCount: number
  createdAt: number
  endedAt: number | undefined
}
