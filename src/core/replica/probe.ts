import { readAddress } from '../account/address.ts'
import type { Ctx } from '../ctx.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { hostsOf } from '../service/read.ts'
import { known, type Memory, type Sight } from './observe.ts'
import type { Replica } from './replica.ts'
import { updateReplica } from './store.ts'

/** One probe waits this long for an answer. */
const probeTimeoutMs = { most: 5_000, least: 250 } as const

/**
 * Asks a starting replica once. Without a health path ready means that the port accepts. News of the instance (its end,
 * a cancel) break off the wait: an address where nothing is any more answers after seconds, or never.
 */
export async function probe(
  { ctx, memory, news }: { ctx: Ctx; memory: Memory; news: Promise<void> },
  sight: Sight,
  replica: Replica,
): Promise<'moved' | 'waiting'> {
  if (replica.address === undefined) return 'waiting'
  const { release } = await known(ctx, memory, replica.deploymentId)
  const { port, healthPath } = release.settings
  const host = hostsOf(sight.service, await readAddress(ctx))[0] ?? ''
  const check = { port, path: healthPath, host, timeoutMs: timeoutOf(ctx, sight) }
  const result = await Promise.race([ctx.engine.probe(replica.address, check), news])
  if (!result) return 'waiting'
  memory.probes.set(replica.id, result)
  if (result.kind !== 'ready') return 'waiting'
  await updateReplica(ctx.db, replica.id, { state: 'healthy', healthyAt: ctx.clock.now() })
  if (replica.deploymentId === sight.wanted.candidate?.deploymentId) {
    const what = healthPath === undefined ? `port ${port} accepts connections` : `GET ${healthPath} answered well`
    await appendLog(ctx, replica.deploymentId, `-----> Health check passed: ${what}`)
  }
  return 'moved'
}

/** Not longer than the candidate may still take. */
function timeoutOf(ctx: Ctx, { wanted }: Sight): number {
  const left = (wanted.candidate?.readyBefore ?? Number.POSITIVE_INFINITY) - ctx.clock.now()
  return Math.min(probeTimeoutMs.most, Math.max(probeTimeoutMs.least, left))
}
