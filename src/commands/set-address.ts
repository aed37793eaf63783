import { readAddress, setAddress as save } from '../core/account/address.ts'
import { systemActor } from '../core/account/token.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { withCore } from './open.ts'

/** Puts the panel at a host name and the apps under it; both names must lead to this server. */
export async function setAddress(args: string[]): Promise<number> {
  const { values } = readArguments(args, { count: 1, usage: 'set-address HOST' })
  const [host = ''] = values
  await withCore(async (ctx) => {
    await save(ctx, await systemActor(ctx), { panelHost: host, appsHost: host })
    const { panelUrl, appsHost } = await readAddress(ctx)
    print(`The dashboard is at ${panelUrl}, apps at names under ${appsHost}.`)
    print(`Both need DNS: A records for ${appsHost} and *.${appsHost} that point at this server.`)
  })
  return exitCodes.done
}
