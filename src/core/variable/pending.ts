import type { Ctx } from '../ctx.ts'
import { getDeploymentById } from '../deployment/read.ts'
import { getRelease } from '../release/read.ts'
import type { Service } from '../service/service.ts'
import { variablesOf } from './read.ts'

export type Pending = 'new' | 'changed' | 'removed'

/** What is saved but not in the release that serves now, by name; nothing while nothing serves. */
export async function pendingVariables(ctx: Ctx, service: Service): Promise<Map<string, Pending>> {
  const pending = new Map<string, Pending>()
  if (service.liveDeploymentId === undefined) return pending
  const { releaseId } = await getDeploymentById(ctx, service.liveDeploymentId)
  if (releaseId === undefined) return pending
  const { variables: serving } = await getRelease(ctx, releaseId)
  const saved = await variablesOf(ctx, service.instanceId)
  for (const name of Object.keys(saved)) {
    if (!Object.hasOwn(serving, name)) pending.set(name, 'new')
    else if (serving[name] !== saved[name]) pending.set(name, 'changed')
  }
  for (const name of Object.keys(serving)) if (!Object.hasOwn(saved, name)) pending.set(name, 'removed')
  return pending
}
