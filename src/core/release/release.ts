/** Frozen at release: the image, its settings and its variables (sealed in the row). */
export interface Release {
  id: string
  instanceId: string
  imageId: string
  imageReference: string
  settings: ReleaseSettings
}

/** Settings with every default resolved, so that a rollback in a year starts what ran today. */
export interface ReleaseSettings {
  port: number
  healthPath: string | undefined
  healthTimeoutS: number
  startCommand: string | undefined
  replicas: number
  memoryBytes: number
  cpuMillis: number
}
