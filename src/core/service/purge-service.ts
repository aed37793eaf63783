import { rm } from 'node:fs/promises'
import { type Ctx, type Tx, topics } from '../ctx.ts'
import { logPath } from '../deployment/deployment-log.ts'
import { keptPath } from '../replica/runtime-log.ts'
import { removeRepository } from '../source/repository.ts'
import type { Service } from './service.ts'

/**
 * A deleted service without replicas: its images, logs, repository and rows go, and the network of an environment
 * that nobody uses any more. Named volumes are never touched. Can be done again after a crash; the rows go last.
 */
export async function purgeService(ctx: Ctx, service: Service): Promise<void> {
  const { instanceId } = service
  const images = await ctx.db.selectFrom('image').select('reference').where('serviceId', '=', service.id).execute()
  for (const { reference } of images) await ctx.builder.remove(reference)
  const deployments = await ctx.db.selectFrom('deployment').select('id').where('instanceId', '=', instanceId).execute()
  for (const { id } of deployments) {
    await rm(logPath(ctx, id), { force: true })
    await rm(keptPath(ctx, id), { force: true })
  }
  await removeRepository(ctx, service.id)
  const others = await ctx.db
    .selectFrom('instance')
    .select('id')
    .where('environmentId', '=', service.environmentId)
    .where('id', '!=', instanceId)
    .execute()
  if (others.length === 0) await ctx.engine.removeNetwork(service.environmentId)
  await ctx.db.transaction().execute((tx) => removeRowsIn(tx, service, others.length === 0))
  ctx.bus.publish(topics.anything, instanceId)
}

async function removeRowsIn(tx: Tx, service: Service, isLastOfEnvironment: boolean): Promise<void> {
  const { instanceId } = service
  const own = tx.selectFrom('deployment').select('id').where('instanceId', '=', instanceId)
  await tx.deleteFrom('job').where('subjectId', 'in', own).execute()
  await tx.deleteFrom('replicaExit').where('deploymentId', 'in', own).execute()
  await tx.deleteFrom('replica').where('instanceId', '=', instanceId).execute()
  await tx
    .updateTable('deployment')
    .set({ releaseId: null, imageId: null, fromDeploymentId: null })
    .where('instanceId', '=', instanceId)
    .execute()
  await tx.deleteFrom('release').where('instanceId', '=', instanceId).execute()
  await tx.deleteFrom('image').where('serviceId', '=', service.id).execute()
  await tx.updateTable('instance').set({ liveDeploymentId: null }).where('id', '=', instanceId).execute()
  await tx.deleteFrom('deployment').where('instanceId', '=', instanceId).execute()
  await tx.deleteFrom('variable').where('instanceId', '=', instanceId).execute()
  await tx.deleteFrom('instance').where('id', '=', instanceId).execute()
  await tx.deleteFrom('service').where('id', '=', service.id).execute()
  if (!isLastOfEnvironment) return
  await tx.updateTable('environment').set({ subnet: null }).where('id', '=', service.environmentId).execute()
}
