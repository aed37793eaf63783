import type { ReplicaPlan } from '../../ports/container-engine.ts'
import type { Service } from '../service/service.ts'
import type { Known } from './observe.ts'
import type { Replica } from './replica.ts'

/** Everything the engine needs to make a replica of a release; the same row always gives the same plan. */
export function planReplica(
  service: Service,
  known: Known,
  replica: Pick<Replica, 'id' | 'deploymentId' | 'ordinal'> & { address: string },
  surroundings: { url: string; stopGraceSeconds: number },
): ReplicaPlan {
  const { release, number } = known
  return {
    replicaId: replica.id,
    name: `handcar-${service.slug}-${number}-${replica.ordinal}-${replica.id.slice(-12)}`,
    labels: {
      project: service.projectId,
      environment: service.environmentId,
      service: service.id,
      deployment: replica.deploymentId,
      replica: replica.id,
    },
    image: release.imageReference,
    startCommand: release.settings.startCommand,
    variables: {
      ...known.variables,
      PORT: String(release.settings.port),
      HANDCAR_PROJECT: service.project,
      HANDCAR_ENVIRONMENT: service.environment,
      HANDCAR_SERVICE: service.slug,
      HANDCAR_DEPLOYMENT: String(number),
      HANDCAR_COMMIT: known.commitSha,
      HANDCAR_URL: surroundings.url,
    },
    address: replica.address,
    alias: service.slug,
    memoryBytes: release.settings.memoryBytes,
    cpuMillis: release.settings.cpuMillis,
    stopGraceSeconds: surroundings.stopGraceSeconds,
  }
}
