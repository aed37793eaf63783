import { createRedactor } from '../../kernel/redact.ts'
import type { Ctx } from '../ctx.ts'
import { variablesOf } from '../variable/read.ts'
import { openVariables } from './store.ts'

/**
 * Masks the values of variables in what an app printed: those that are saved now, and those that the releases of these
 * deployments run with, which may have been changed or deleted since.
 */
export async function redactorFor(
  ctx: Ctx,
  instanceId: string,
  deploymentIds: readonly string[],
): Promise<(text: string) => string> {
  const saved = await variablesOf(ctx, instanceId)
  if (deploymentIds.length === 0) return createRedactor(saved)
  const releases = await ctx.db
    .selectFrom('release')
    .innerJoin('deployment', 'deployment.releaseId', 'release.id')
    .select(['release.id', 'release.variablesSealed'])
    .where('deployment.id', 'in', deploymentIds)
    .where('deployment.instanceId', '=', instanceId)
    .execute()
  return createRedactor(saved, ...releases.map((release) => openVariables(ctx, release)))
}
