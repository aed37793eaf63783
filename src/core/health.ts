import { statfs } from 'node:fs/promises'
import { errorText } from '../kernel/errors.ts'
import type { Ctx } from './ctx.ts'

/** With less than this free the database may fail to write at any moment. */
const leastFreeBytes = 32 * 1024 * 1024

/** Undefined when the server works, else the reason in one sentence. Running apps do not depend on it. */
export async function findFault({ db, config }: Ctx): Promise<string | undefined> {
  try {
    await db.selectFrom('setting').select('name').limit(1).execute()
    const disk = await statfs(config.dataDirectory)
    if (disk.bavail * disk.bsize >= leastFreeBytes) return undefined
    return `The disk of ${config.dataDirectory} is full: free some space on it`
  } catch (error) {
    return `The database does not answer: ${errorText(error)}`
  }
}
