import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText } from '../../kernel/errors.ts'
import type { Ctx } from '../ctx.ts'
import { isOpen } from '../deployment/deployment.ts'
import { toDeployment } from '../deployment/store.ts'
import { git, repositoriesPath, repositoryPath } from './git.ts'
import { editRefs, heldPrefix, pinnedPrefix } from './repository.ts'

/** Commits of the newest deployments of an instance stay, so that each of them can be built again. */
const keptDeployments = 50
/** Objects that nothing names are kept this long: a push may be about to name them. */
const graceDays = 2
const timeoutMs = 10 * 60_000
const settings = ['pack.threads=1', 'pack.windowMemory=64m']

/** Keeps the repositories small: once a day is enough. */
export async function tidyRepositories(ctx: Ctx): Promise<void> {
  const rows = await ctx.db.selectFrom('service').select('id').where('deletedAt', 'is', null).execute()
  for (const { id } of rows) {
    // One that is damaged must not keep the others from being tidied.
    await tidyRepository(ctx, id).catch((error: unknown) =>
      ctx.log.warn({ serviceId: id, error: errorText(error) }, 'could not tidy a repository'),
    )
  }
  await removeHalfMade(ctx)
}

/**
 * Lets go of commits that no kept deployment needs, and packs the rest. Objects of refused pushes go with them. A push
 * at the same time loses nothing: refs are listed before rows are read, and a deployment is pinned after its row is
 * written, so what is let go here was not needed when it was listed.
 */
export async function tidyRepository(ctx: Ctx, serviceId: string): Promise<void> {
  const path = repositoryPath(ctx, serviceId)
  if (!existsSync(path)) return
  const { stdout } = await git(path, ['for-each-ref', '--format=%(refname)', heldPrefix, pinnedPrefix])
  const refs = stdout.toString('utf8').split('\n').filter(Boolean)
  const needed = await neededRefs(ctx, serviceId)
  const input = refs.flatMap((ref) => (needed.has(ref) ? [] : [`delete ${ref}\0\0`])).join('')
  if (input !== '') await editRefs(path, input)
  await git(path, ['gc', '--quiet', `--prune=${graceDays}.days.ago`], { settings, timeoutMs })
}

async function neededRefs(ctx: Ctx, serviceId: string): Promise<Set<string>> {
  const needed = new Set<string>()
  const instances = await ctx.db
    .selectFrom('instance')
    .select(['id', 'liveDeploymentId'])
    .where('serviceId', '=', serviceId)
    .execute()
  for (const { id, liveDeploymentId } of instances) {
    const rows = await ctx.db
      .selectFrom('deployment')
      .selectAll()
      .where('instanceId', '=', id)
      .orderBy('number', 'desc')
      .execute()
    rows.map(toDeployment).forEach((deployment, index) => {
      if (index >= keptDeployments && !isOpen(deployment.state) && deployment.id !== liveDeploymentId) return
      needed.add(heldPrefix + deployment.commitSha).add(pinnedPrefix + deployment.id)
    })
  }
  return needed
}

/** What a crash left of a repository that was being made. */
async function removeHalfMade(ctx: Ctx): Promise<void> {
  const folder = repositoriesPath(ctx)
  if (!existsSync(folder)) return
  for (const name of await readdir(folder)) {
    if (!/\.git\.stage-[\w-]+$/.test(name)) continue
    const { mtimeMs } = await stat(join(folder, name))
    if (Date.now() - mtimeMs > 3600_000) await rm(join(folder, name), { recursive: true, force: true })
  }
}
