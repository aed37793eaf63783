import type { ReplicaLabels } from '../../ports/container-engine.ts'

/** Names under which we find what is ours. They are never taken from a tenant. */
export const label = {
  install: 'handcar.install',
  project: 'handcar.project',
  environment: 'handcar.environment',
  service: 'handcar.service',
  deployment: 'handcar.deployment',
  replica: 'handcar.replica',
} as const

export type Labels = Record<string, string>

export function replicaLabels(labels: ReplicaLabels, installId: string): Labels {
  return {
    [label.install]: installId,
    [label.project]: labels.project,
    [label.environment]: labels.environment,
    [label.service]: labels.service,
    [label.deployment]: labels.deployment,
    [label.replica]: labels.replica,
  }
}

export function readReplicaLabels(labels: Labels | undefined): ReplicaLabels {
  const read = (name: string) => labels?.[name] ?? ''
  return {
    project: read(label.project),
    environment: read(label.environment),
    service: read(label.service),
    deployment: read(label.deployment),
    replica: read(label.replica),
  }
}

/** Filter of Docker's list calls: all of these labels. */
export function labelFilter(labels: Labels): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) }
}
