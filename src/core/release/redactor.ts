import { createRedactor } from '../../kernel/redact.ts'
import type { Ctx } from '../ctx.ts'
import { variablesOf } from '../variable/read.ts'
import { openVariables } from './store.ts'

/** Names whose values are no secrets: `[NODE_ENV]` in place of each "production" in a log helps nobody. */
const plainNames = new Set([
  'APP_ENV',
  'ENV',
  'FLASK_ENV',
  'HOST',
  'HOSTNAME',
  'LANG',
  'LC_ALL',
  'LOG_LEVEL',
  'NODE_ENV',
  'PORT',
  'RACK_ENV',
  'RAILS_ENV',
  'TZ',
])

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
  if (deploymentIds.length === 0) return createRedactor(secretsOf(saved))
  const releases = await ctx.db
    .selectFrom('release')
    .innerJoin('deployment', 'deployment.releaseId', 'release.id')
    .select(['release.id', 'release.variablesSealed'])
    .where('deployment.id', 'in', deploymentIds)
    .where('deployment.instanceId', '=', instanceId)
    .execute()
  return createRedactor(secretsOf(saved), ...releases.map((release) => secretsOf(openVariables(ctx, release))))
}

function secretsOf(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !plainNames.has(name)))
}
