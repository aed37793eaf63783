import { isDeepStrictEqual } from 'node:util'
import type { RouteTable, ServiceRoute } from '../../ports/reverse-proxy.ts'
import { type Address, readAddress } from '../account/address.ts'
import type { Ctx } from '../ctx.ts'
import { hostsOf, listInstances } from '../service/read.ts'

/** Writes the proxy's table from the rows and waits until the proxy serves it. One at a time; who waits is joined. */
export interface Publisher {
  /** Resolves when everything that was in the rows at the call is served. Throws as {@link ReverseProxy.publish}. */
  publish(): Promise<void>
}

const generationSetting = 'route_generation'

export function createPublisher(ctx: Ctx): Publisher {
  let running: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined
  let last: RouteTable | undefined

  async function publishNow(): Promise<void> {
    const generation = await readGeneration(ctx)
    const table = { generation, ...(await routesOf(ctx)) }
    const isKnown = last !== undefined && isDeepStrictEqual(last, table)
    if ((isKnown || last === undefined) && (await ctx.proxy.serves(table))) {
      last = table
      return
    }
    const next = { ...table, generation: generation + 1 }
    await writeGeneration(ctx, next.generation)
    await ctx.proxy.publish(next)
    last = next
  }

  return {
    publish() {
      if (waiting) return waiting
      const start = () => {
        waiting = undefined
        return publishNow()
      }
      waiting = running.then(start, start)
      running = waiting
      return waiting
    },
  }
}

/** Everything the proxy should say, from the rows alone. */
export async function routesOf(ctx: Ctx): Promise<Omit<RouteTable, 'generation'>> {
  const address = await readAddress(ctx)
  const services = await listInstances(ctx)
  const targets = await ctx.db
    .selectFrom('replica')
    .innerJoin('deployment', 'deployment.id', 'replica.deploymentId')
    .innerJoin('release', 'release.id', 'deployment.releaseId')
    .select(['replica.instanceId', 'replica.address', 'release.settings'])
    .where('replica.routed', '=', 1)
    .where('replica.endedAt', 'is', null)
    .orderBy('replica.id')
    .execute()
  const routes = services.map(
    (service): ServiceRoute => ({
      instanceId: service.instanceId,
      hosts: hostsOf(service, address),
      targets: targets
        .filter(({ instanceId }) => instanceId === service.instanceId)
        .flatMap(({ address: at, settings }) => (at === null ? [] : [{ address: at, port: portOf(settings) }])),
    }),
  )
  return { panel: panelOf(ctx, address), services: routes }
}

function panelOf(ctx: Ctx, address: Address): RouteTable['panel'] {
  return { port: ctx.config.port, host: address.panelHost, catchAll: !address.isPanelAnswered }
}

function portOf(releaseSettings: string): number {
  return (JSON.parse(releaseSettings) as { port: number }).port
}

async function readGeneration(ctx: Ctx): Promise<number> {
  const row = await ctx.db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', generationSetting)
    .executeTakeFirst()
  return row ? Number(row.value) : 0
}

async function writeGeneration(ctx: Ctx, generation: number): Promise<void> {
  await ctx.db
    .insertInto('setting')
    .values({ name: generationSetting, value: String(generation) })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: String(generation) }))
    .execute()
}
