import { newId } from '../../kernel/ids.ts'
import type { Tx } from '../ctx.ts'
import type { Settings } from './service.ts'

export async function insertServiceIn(
  tx: Tx,
  service: { projectId: string; environmentId: string; slug: string; hostLabel: string; at: number },
): Promise<{ serviceId: string; instanceId: string }> {
  const serviceId = newId(service.at)
  const instanceId = newId(service.at)
  await tx
    .insertInto('service')
    .values({
      id: serviceId,
      projectId: service.projectId,
      slug: service.slug,
      createdAt: service.at,
      deletedAt: null,
      cacheEpoch: 1,
    })
    .execute()
  await tx
    .insertInto('instance')
    .values({
      id: instanceId,
      serviceId,
      environmentId: service.environmentId,
      branch: null,
      hostLabel: service.hostLabel,
      nextNumber: 1,
      liveDeploymentId: null,
      stoppedAt: null,
      port: null,
      healthPath: null,
      healthTimeoutS: null,
      startCommand: null,
      rootDirectory: null,
      replicas: 1,
      memoryBytes: null,
      cpuMillis: null,
      settingsVersion: 1,
      createdAt: service.at,
    })
    .execute()
  return { serviceId, instanceId }
}

/** False when the settings are no longer at the version that the person saw. */
export async function updateSettingsIn(
  tx: Tx,
  instanceId: string,
  seenVersion: number,
  settings: Settings,
): Promise<boolean> {
  const result = await tx
    .updateTable('instance')
    .set({
      port: settings.port ?? null,
      healthPath: settings.healthPath ?? null,
      healthTimeoutS: settings.healthTimeoutS ?? null,
      startCommand: settings.startCommand ?? null,
      rootDirectory: settings.rootDirectory ?? null,
      replicas: settings.replicas,
      memoryBytes: settings.memoryBytes ?? null,
      cpuMillis: settings.cpuMillis ?? null,
      settingsVersion: seenVersion + 1,
    })
    .where('id', '=', instanceId)
    .where('settingsVersion', '=', seenVersion)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The first branch that is pushed becomes the one that the instance follows; false when it follows one already. */
export async function followBranchIn(tx: Tx, instanceId: string, branch: string): Promise<boolean> {
  const result = await tx
    .updateTable('instance')
    .set({ branch })
    .where('id', '=', instanceId)
    .where('branch', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
