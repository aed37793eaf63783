import { readAddress } from '../core/account/address.ts'
import { createSetupToken } from '../core/account/setup-token.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { withCore } from './open.ts'

/** Prints the address that makes its first visitor the owner; earlier ones end. Refused once the server is claimed. */
export async function setupToken(args: string[]): Promise<number> {
  readArguments(args, { count: 0, usage: 'setup-token' })
  await withCore(async (ctx) => {
    const token = await createSetupToken(ctx)
    const { panelUrl } = await readAddress(ctx)
    print(`${panelUrl}/setup/token#${token}`)
  })
  return exitCodes.done
}
