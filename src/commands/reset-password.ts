import { resetPassword as reset } from '../core/account/reset-password.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { withCore } from './open.ts'

/** Gives a person a new random password, printed alone, and ends their sessions. */
export async function resetPassword(args: string[]): Promise<number> {
  const { values } = readArguments(args, { count: 1, usage: 'reset-password EMAIL' })
  print(await withCore((ctx) => reset(ctx, values[0] ?? '')))
  return exitCodes.done
}
