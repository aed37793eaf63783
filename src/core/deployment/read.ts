import { notFound } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import type { Service } from '../service/service.ts'
import type { Deployment } from './deployment.ts'
import { findDeploymentIn, openDeploymentsIn, toDeployment } from './store.ts'

/** Newest first, `before`: those with a lower number. The service was found as the actor's; its deployments are too. */
export async function listDeployments(ctx: Ctx, service: Service, limit = 50, before?: number): Promise<Deployment[]> {
  let query = ctx.db
    .selectFrom('deployment')
    .selectAll()
    .where('instanceId', '=', service.instanceId)
    .orderBy('number', 'desc')
    .limit(limit)
  if (before !== undefined) query = query.where('number', '<', before)
  return (await query.execute()).map(toDeployment)
}

export async function getDeployment(ctx: Ctx, service: Service, number: number): Promise<Deployment> {
  const row = await ctx.db
    .selectFrom('deployment')
    .selectAll()
    .where('instanceId', '=', service.instanceId)
    .where('number', '=', number)
    .executeTakeFirst()
  if (!row) throw notFound('deployment')
  return toDeployment(row)
}

export async function getDeploymentById(ctx: Ctx, id: string): Promise<Deployment> {
  const deployment = await findDeploymentIn(ctx.db, id)
  if (!deployment) throw notFound('deployment')
  return deployment
}

/** The newest one still on its way. */
export async function findOpenDeployment(ctx: Ctx, instanceId: string): Promise<Deployment | undefined> {
  return (await openDeploymentsIn(ctx.db, instanceId))[0]
}

/** The deployment that serves now, or, after a stop, the one that served last. */
export async function findServingDeployment(ctx: Ctx, instanceId: string): Promise<Deployment | undefined> {
  const row = await ctx.db
    .selectFrom('deployment')
    .selectAll()
    .where('instanceId', '=', instanceId)
    .where('liveAt', 'is not', null)
    .orderBy('liveAt', 'desc')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toDeployment(row)
}

/** Which of these deployments still have their image, so that they can be rolled back to; one query for a list. */
export async function deploymentsWithImage(ctx: Ctx, deployments: readonly Deployment[]): Promise<Set<string>> {
  const imageIds = deployments.flatMap((deployment) => deployment.imageId ?? [])
  if (imageIds.length === 0) return new Set()
  const rows = await ctx.db
    .selectFrom('image')
    .select('id')
    .where('id', 'in', imageIds)
    .where('removedAt', 'is', null)
    .execute()
  const kept = new Set(rows.map((row) => row.id))
  return new Set(deployments.filter(({ imageId }) => imageId && kept.has(imageId)).map((deployment) => deployment.id))
}

export async function imageIsKept(ctx: Ctx, deployment: Deployment): Promise<boolean> {
  return (await deploymentsWithImage(ctx, [deployment])).has(deployment.id)
}

/** For the worker: what a job is about, undefined when it was purged meanwhile. */
export function findDeploymentForJob(ctx: Ctx, id: string): Promise<Deployment | undefined> {
  return findDeploymentIn(ctx.db, id)
}
