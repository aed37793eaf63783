import { HandcarError } from '../../kernel/errors.ts'
import type { Ctx, Tx } from '../ctx.ts'

/** Networks of environments lie in 10.64.0.0/14, a /24 each, where the host's own routes leave room. */
const pool = { first: [10, 64], count: 4 } as const
/** Host parts that we hand out; .1 is the bridge, the rest is left to the engine. */
const hostParts = { first: 2, last: 239 } as const
/** A freed address rests this long, so that no late packet or route finds another app there. */
const quarantineMs = 10 * 60_000

/** The environment's subnet, chosen once, clear of what the host and the engine already route. */
export async function subnetOf(ctx: Ctx, environmentId: string): Promise<string> {
  const found = await ctx.db
    .selectFrom('environment')
    .select('subnet')
    .where('id', '=', environmentId)
    .executeTakeFirst()
  if (found?.subnet) return found.subnet
  const taken = (await ctx.engine.takenSubnets()).map(rangeOf)
  return ctx.db.transaction().execute(async (tx) => {
    const rows = await tx.selectFrom('environment').select(['id', 'subnet']).where('subnet', 'is not', null).execute()
    const chosenMeanwhile = rows.find(({ id }) => id === environmentId)?.subnet
    if (chosenMeanwhile) return chosenMeanwhile
    const own = new Set(rows.map((row) => row.subnet))
    const free = candidates().find(
      (subnet) => !own.has(subnet) && !taken.some((range) => overlaps(range, rangeOf(subnet))),
    )
    if (free === undefined) throw exhausted('networks', 'Delete projects that you no longer need')
    await tx.updateTable('environment').set({ subnet: free }).where('id', '=', environmentId).execute()
    return free
  })
}

/**
 * After the network could not be made: if somebody else has its subnet, the environment takes another one the next
 * time it is asked for. Replicas with addresses of the old one are not attached to anything any more.
 */
export async function giveUpTakenSubnet(ctx: Ctx, environmentId: string, subnet: string): Promise<void> {
  const own = await ctx.engine.listNetworks()
  const taken = (await ctx.engine.takenSubnets()).map(rangeOf)
  if (own.some((network) => network.environmentId === environmentId)) return
  if (!taken.some((range) => overlaps(range, rangeOf(subnet)))) return
  const environment = ctx.db.updateTable('environment').where('id', '=', environmentId)
  await environment.where('subnet', '=', subnet).set({ subnet: null }).execute()
}

export function isWithin(address: string, subnet: string): boolean {
  return overlaps(rangeOf(address), rangeOf(subnet))
}

/** Hands out an address for a replica; it stays its own until {@link freeAddress}. */
export async function takeAddressIn(
  tx: Tx,
  lease: { environmentId: string; subnet: string; replicaId: string; now: number },
): Promise<string> {
  const { environmentId, subnet, replicaId, now } = lease
  await tx.deleteFrom('address').where('freeAfter', '<=', now).execute()
  const prefix = subnet.slice(0, subnet.lastIndexOf('.'))
  // Of the whole subnet: the environment that had it before may have left addresses that still rest.
  const rows = await tx.selectFrom('address').select('address').where('address', 'like', `${prefix}.%`).execute()
  const taken = new Set(rows.map((row) => row.address))
  for (let part = hostParts.first; part <= hostParts.last; part++) {
    const address = `${prefix}.${part}`
    if (taken.has(address)) continue
    await tx.insertInto('address').values({ address, environmentId, replicaId, freeAfter: null }).execute()
    return address
  }
  throw exhausted('addresses', 'Wait ten minutes, or lower the number of replicas')
}

/** The replica is gone; its address goes into quarantine. */
export async function freeAddress(ctx: Ctx, replicaId: string): Promise<void> {
  const freeAfter = ctx.clock.now() + quarantineMs
  await ctx.db.updateTable('address').set({ freeAfter }).where('replicaId', '=', replicaId).execute()
}

function candidates(): string[] {
  const [first, second] = pool.first
  return Array.from({ length: pool.count * 256 }, (_, n) => `${first}.${second + (n >> 8)}.${n & 255}.0/24`)
}

interface Range {
  first: number
  last: number
}

function rangeOf(cidr: string): Range {
  const [address = '', bits = '32'] = cidr.split('/')
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  const first = start - (start % size)
  return { first, last: first + size - 1 }
}

function overlaps(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last
}

function exhausted(what: string, hint: string): HandcarError {
  return new HandcarError({
    code: 'replica.no_address',
    kind: 'limit',
    message: `This server has no free ${what}`,
    hint,
  })
}
