import { stat } from 'node:fs/promises'
import type { Ctx } from '../core/ctx.ts'
import { logPath } from '../core/deployment/deployment-log.ts'
import { ifAbsent } from '../kernel/errors.ts'

/** Deployments whose log is remembered; the one that was asked for longest ago goes first. */
const rememberedMax = 200

/**
 * What was made of a deployment's log, made again only when the log has grown: a page with live updates asks for it
 * at every change, and a log may have megabytes.
 */
export function logMemory<Made>(): (ctx: Ctx, deploymentId: string, make: () => Promise<Made>) => Promise<Made> {
  const known = new Map<string, { size: number; made: Made }>()
  return async (ctx, deploymentId, make) => {
    const size = await sizeOf(ctx, deploymentId)
    const before = known.get(deploymentId)
    const made = before?.size === size ? before.made : await make()
    known.delete(deploymentId)
    known.set(deploymentId, { size, made })
    const [oldest] = known.keys()
    if (known.size > rememberedMax && oldest !== undefined) known.delete(oldest)
    return made
  }
}

/** Bytes; of a log without a line none. */
async function sizeOf(ctx: Ctx, deploymentId: string): Promise<number> {
  return (await stat(logPath(ctx, deploymentId)).catch(ifAbsent))?.size ?? 0
}
