import { readAddress } from '../account/address.ts'
import type { Ctx } from '../ctx.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { hostsOf } from '../service/read.ts'
import { known, type Memory, type Sight } from './observe.ts'
import type { Replica } from './replica.ts'
import { updateReplica } from './store.ts'

/** One probe waits this long for an answer. */
const probeTimeoutMs = 5_000

/** Asks a starting replica once. Without a health path ready means that the port accepts. */
export async function probe(ctx: Ctx, memory: Memory, sight: Sight, replica: Replica): Promise<'moved' | 'waiting'> {
  if (replica.address === undefined) return 'waiting'
  const { release } = await known(ctx, memory, replica.deploymentId)
  const { port, healthPath } = release.settings
  const host = hostsOf(sight.service, await readAddress(ctx))[0] ?? ''
  const check = { port, path: healthPath, host, timeoutMs: probeTimeoutMs }
  const result = await ctx.engine.probe(replica.address, check)
  memory.probes.set(replica.id, result)
  if (result.kind !== 'ready') return 'waiting'
  await updateReplica(ctx.db, replica.id, { state: 'healthy', healthyAt: ctx.clock.now() })
  if (replica.deploymentId === sight.wanted.candidate?.deploymentId) {
    const what = healthPath === undefined ? `port ${port} accepts connections` : `GET ${healthPath} answered well`
    await appendLog(ctx, replica.deploymentId, `-----> Health check passed: ${what}`)
  }
  return 'moved'
}
