/** Rows as SQLite holds them (camel case by plugin). Times are milliseconds since the epoch, flags 0 or 1. */
export interface Tables {
  address: AddressRow
  deployment: DeploymentRow
  environment: EnvironmentRow
  event: EventRow
  image: ImageRow
  instance: InstanceRow
  job: JobRow
  membership: MembershipRow
  person: PersonRow
  project: ProjectRow
  release: ReleaseRow
  replica: ReplicaRow
  replicaExit: ReplicaExitRow
  service: ServiceRow
  session: SessionRow
  setting: SettingRow
  setupToken: SetupTokenRow
  team: TeamRow
  token: TokenRow
  variable: VariableRow
}

export interface AddressRow {
  address: string
  environmentId: string
  replicaId: string
  freeAfter: number | null
}

export interface DeploymentRow {
  id: string
  instanceId: string
  number: number
  state: string
  step: string
  trigger: string
  commitSha: string
  commitSubject: string
  commitAuthor: string
  branch: string
  noCache: number
  fromDeploymentId: string | null
  actor: string
  imageId: string | null
  releaseId: string | null
  movesBranch: number
  branchMovedAt: number | null
  code: string | null
  why: string | null
  hint: string | null
  supersededBy: number | null
  cancelRequestedAt: number | null
  createdAt: number
  buildingAt: number | null
  builtAt: number | null
  startingAt: number | null
  liveAt: number | null
  endedAt: number | null
}

export interface EnvironmentRow {
  id: string
  projectId: string
  slug: string
  subnet: string | null
  createdAt: number
}

export interface EventRow {
  id: string
  teamId: string
  kind: string
  subjectId: string
  actor: string
  detail: string
  at: number
}

export interface ImageRow {
  id: string
  serviceId: string
  deploymentId: string
  reference: string
  sizeBytes: number
  exposedPort: number | null
  builder: string
  createdAt: number
  removedAt: number | null
}

export interface InstanceRow {
  id: string
  serviceId: string
  environmentId: string
  branch: string | null
  hostLabel: string
  nextNumber: number
  liveDeploymentId: string | null
  stoppedAt: number | null
  port: number | null
  healthPath: string | null
  healthTimeoutS: number | null
  startCommand: string | null
  rootDirectory: string | null
  replicas: number
  memoryBytes: number | null
  cpuMillis: number | null
  settingsVersion: number
  createdAt: number
}

export interface JobRow {
  id: string
  kind: string
  subjectId: string
  lane: string
  attempts: number
  dueAt: number
  leaseOwner: string | null
  createdAt: number
}

export interface MembershipRow {
  teamId: string
  personId: string
  role: string
}

export interface PersonRow {
  id: string
  email: string
  passwordHash: string
  createdAt: number
}

export interface ProjectRow {
  id: string
  teamId: string
  slug: string
  createdAt: number
}

export interface ReleaseRow {
  id: string
  instanceId: string
  imageId: string
  variablesSealed: string
  settings: string
  createdAt: number
}

export interface ReplicaRow {
  id: string
  instanceId: string
  deploymentId: string
  ordinal: number
  wanted: string
  state: string
  routed: number
  address: string | null
  exitCode: number | null
  startedAt: number | null
  healthyAt: number | null
  drainingAt: number | null
  restartCount: number
  createdAt: number
  endedAt: number | null
}

export interface ReplicaExitRow {
  id: string
  deploymentId: string
  replicaId: string
  exitCode: number | null
  outOfMemory: number
  at: number
}

export interface ServiceRow {
  id: string
  projectId: string
  slug: string
  createdAt: number
  deletedAt: number | null
  cacheEpoch: number
}

export interface SessionRow {
  id: string
  personId: string
  expiresAt: number
  createdAt: number
}

export interface SettingRow {
  name: string
  value: string
}

export interface SetupTokenRow {
  hash: string
  expiresAt: number
  claimedAt: number | null
}

export interface TeamRow {
  id: string
  name: string
  createdAt: number
}

export interface TokenRow {
  id: string
  teamId: string
  personId: string | null
  name: string
  hash: string
  createdAt: number
  lastUsedAt: number | null
}

export interface VariableRow {
  id: string
  instanceId: string
  name: string
  valueSealed: string
  createdAt: number
  updatedAt: number
}
