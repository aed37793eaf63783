import { type Address, readAddress, setAddress as save } from '../core/account/address.ts'
import { systemActor } from '../core/account/token.ts'
import type { Ctx } from '../core/ctx.ts'
import { routesOf } from '../core/route/publish.ts'
import { exitCodes, print, readArguments, usageError } from './command.ts'
import { withCore } from './open.ts'

const usage = 'set-address HOST | --temporary'
const temporaryOption = '--temporary'

/** The server looks for changes every 5 s. */
const waitMs = 15_000
const pollMs = 200
const healthWithinMs = 2_000

/** Puts the panel at a host name and the apps under it; `--temporary` goes back to the names that need no DNS. */
export async function setAddress(args: string[]): Promise<number> {
  const isTemporary = args.includes(temporaryOption)
  const { values } = readArguments(args, { count: isTemporary ? 0 : 1, options: [temporaryOption], usage })
  const host = values[0]?.trim()
  if (host === '') throw usageError('The host name is empty; --temporary goes back to the temporary names', usage)
  await withCore(async (ctx) => {
    await save(ctx, await systemActor(ctx), { panelHost: host, appsHost: host })
    const isServed = await untilServed(ctx)
    print(textOf(await readAddress(ctx), host, isServed).join('\n'))
  })
  return exitCodes.done
}

type Served = 'served' | 'late' | 'not running'

/** The server, not this command, writes the proxy's table: we look whether it has, and whether the proxy serves it. */
async function untilServed(ctx: Ctx): Promise<Served> {
  if (!(await isServerRunning(ctx))) return 'not running'
  const until = performance.now() + waitMs
  for (;;) {
    const saved = await ctx.db
      .selectFrom('setting')
      .select('value')
      .where('name', '=', 'route_generation')
      .executeTakeFirst()
    const table = { generation: Number(saved?.value ?? 0), ...(await routesOf(ctx)) }
    if (await ctx.proxy.serves(table)) return 'served'
    if (performance.now() >= until) return 'late'
    await ctx.clock.sleep(pollMs)
  }
}

async function isServerRunning({ config }: Ctx): Promise<boolean> {
  const question = { signal: AbortSignal.timeout(healthWithinMs) }
  return fetch(`http://127.0.0.1:${config.port}/healthz`, question).then(
    ({ ok }) => ok,
    () => false,
  )
}

function textOf({ panelUrl, appsHost }: Address, host: string | undefined, served: Served): string[] {
  const names = `${panelUrl}, apps at names under ${appsHost}`
  const first = {
    served: `The dashboard is at ${names}.`,
    late: `Saved, but Traefik does not serve it yet: the dashboard will be at ${names}.`,
    'not running': `Saved. The server does not run; within 10 s of its start the dashboard is at ${names}.`,
  }
  const dns = `Both need DNS: A records for ${appsHost} and *.${appsHost} that point at this server.`
  return [
    first[served],
    ...(served === 'late' ? ['To see what keeps it: handcar doctor'] : []),
    ...(host === undefined || appsHost === 'localhost' || appsHost.endsWith('.localhost') ? [] : [dns]),
  ]
}
