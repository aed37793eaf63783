import { createToken, systemActor } from '../core/account/token.ts'
import { exitCodes, print, readArguments, usageError } from './command.ts'
import { withCore } from './open.ts'

const usage = 'token create NAME'

/** Makes a token for git and the API, printed alone. */
export async function token(args: string[]): Promise<number> {
  const { values } = readArguments(args, { count: 2, usage })
  const [verb, name = ''] = values
  if (verb !== 'create') throw usageError(`"${verb}" is nothing that can be done with tokens here`, usage)
  print(await withCore(async (ctx) => createToken(ctx, await systemActor(ctx), name)))
  return exitCodes.done
}
