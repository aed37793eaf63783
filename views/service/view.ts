import type { Deployment } from '../../src/core/deployment/deployment.ts'
import type { ServiceSummary } from '../../src/core/service/service.ts'
import type { Cause } from '../deployment/diagnosis.tsx'
import type { DeploymentItem, Listed } from '../deployment/row.tsx'
import type { Stage } from '../deployment/stages.ts'
import type { ServiceAction } from './actions.tsx'

/** The deployment that is looked at. */
export interface Selected {
  item: DeploymentItem
  stages: Stage[]
  /** Undefined unless it failed or keeps crashing. */
  cause: Cause | undefined
  /** Text for whoever is asked for help; undefined as the cause. */
  report: string | undefined
  /** What kept serving while it failed. */
  kept: Deployment | undefined
}

/** Everything that the service page and its live stream show, as plain values. */
export interface ServiceView {
  summary: ServiceSummary
  actions: ServiceAction[]
  /** Newest first. */
  items: DeploymentItem[]
  listed: Listed
  /** Undefined before the first push. */
  selected: Selected | undefined
  now: number
}
