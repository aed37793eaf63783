import type { Deployment } from '../deployment/deployment.ts'
import type { ReplicaState } from '../replica/replica.ts'

/** Names of projects and services: part of a host name, so a DNS label. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** Undefined means the default, which the settings page names. */
export interface Settings {
  port: number | undefined
  healthPath: string | undefined
  healthTimeoutS: number | undefined
  startCommand: string | undefined
  rootDirectory: string | undefined
  replicas: number
  memoryBytes: number | undefined
  cpuMillis: number | undefined
}

export const defaults = {
  port: 3000,
  healthTimeoutS: 60,
  memoryBytes: 512 * 1024 * 1024,
  cpuMillis: 1000,
  replicas: 1,
} as const

/** A service as it stands in one environment. */
export interface Service {
  /** Id of the service; the same in each environment. */
  id: string
  instanceId: string
  environmentId: string
  projectId: string
  teamId: string
  project: string
  environment: string
  slug: string
  branch: string | undefined
  /** First label of its generated host name. */
  hostLabel: string
  isStopped: boolean
  isDeleted: boolean
  liveDeploymentId: string | undefined
  settings: Settings
  settingsVersion: number
  cacheEpoch: number
  createdAt: number
}

/** One word for the state of the whole service, derived from rows. */
export type Condition = 'never_deployed' | 'active' | 'starting' | 'degraded' | 'crashed' | 'stopped'

/** What the project page and `status` show of a service. */
export interface ServiceSummary {
  service: Service
  url: string
  condition: Condition
  live: Deployment | undefined
  /** The newest deployment on its way. */
  open: Deployment | undefined
  latest: Deployment | undefined
  replicas: Array<{ deploymentNumber: number; state: ReplicaState; address: string | undefined }>
}
