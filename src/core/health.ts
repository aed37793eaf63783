import { errorText } from '../kernel/errors.ts'
import type { Ctx } from './ctx.ts'

/** Undefined when the server works, else the reason in one sentence. Running apps do not depend on it. */
export async function findFault(ctx: Ctx): Promise<string | undefined> {
  try {
    await ctx.db.selectFrom('setting').select('name').limit(1).execute()
    return undefined
  } catch (error) {
    return `The database does not answer: ${errorText(error)}`
  }
}
