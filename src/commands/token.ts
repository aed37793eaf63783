import { createToken, deleteToken, listTokens, systemActor } from '../core/account/token.ts'
import type { Ctx } from '../core/ctx.ts'
import { exitCodes, print, readArguments, usageError } from './command.ts'
import { withCore } from './open.ts'

const usage = 'token create NAME [--replace]'
const replaceOption = '--replace'

/** Makes a token for git and the API, printed alone. With `--replace` earlier ones of that name end. */
export async function token(args: string[]): Promise<number> {
  const [verb, ...rest] = args
  if (verb !== undefined && verb !== 'create' && !verb.startsWith('-')) {
    throw usageError(`"handcar token ${verb}" is not there; the dashboard lists tokens and deletes them`, usage)
  }
  if (verb === 'create' && rest.length === 0) throw usageError('The new token needs a name', usage)
  const { values, options } = readArguments(args, { count: 2, options: [replaceOption], usage })
  const [, name = ''] = values
  print(await withCore((ctx) => create(ctx, name, options.has(replaceOption))))
  return exitCodes.done
}

/** The new one first: a name that is refused ends nothing. */
async function create(ctx: Ctx, name: string, isReplaced: boolean): Promise<string> {
  const actor = await systemActor(ctx)
  const earlier = (await listTokens(ctx, actor)).filter((token) => token.name === name.trim())
  const created = await createToken(ctx, actor, name)
  if (isReplaced) for (const { id } of earlier) await deleteToken(ctx, actor, id)
  return created
}
