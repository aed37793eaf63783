import { errorText } from '../../kernel/errors.ts'
import type { BuiltImage } from '../../ports/image-builder.ts'
import type { Ctx } from '../ctx.ts'
import { isOpen, openStates } from '../deployment/deployment.ts'
import { findDeploymentIn } from '../deployment/store.ts'

/** Releases of a service that can be rolled back to, besides the live one. */
const keptReleases = 5
/** Build cache, for all services together. */
const keptCacheBytes = 5 * 1024 ** 3
/** An image without a row may belong to a build that is just being written down. */
const strangerGraceMs = 60 * 60_000

/**
 * Removes images that no kept release needs and shrinks the build cache. Only images with our label and a row of
 * ours, or, after an hour, with our label and no row.
 */
export async function cleanUpImages(ctx: Ctx): Promise<number> {
  const kept = await keptImages(ctx)
  const rows = await ctx.db.selectFrom('image').select(['id', 'reference']).where('removedAt', 'is', null).execute()
  let removed = 0
  for (const { id, reference } of rows) {
    if (kept.has(id) || !(await giveUp(ctx, id))) continue
    await discard(ctx, reference)
    removed++
  }
  for (const image of await ctx.builder.list()) {
    const isYoung = ctx.clock.now() - image.createdAt < strangerGraceMs
    if (isYoung || (await isNeeded(ctx, image))) continue
    await discard(ctx, image.reference)
  }
  await ctx.builder.pruneCache(keptCacheBytes)
  return removed
}

/** Written down before the image goes, unless a rollback or redeploy has asked for it meanwhile. */
async function giveUp(ctx: Ctx, imageId: string): Promise<boolean> {
  const waiting = ctx.db
    .selectFrom('deployment')
    .select('imageId')
    .where('imageId', '=', imageId)
    .where('state', 'in', [...openStates])
  const { numUpdatedRows } = await ctx.db
    .updateTable('image')
    .set({ removedAt: ctx.clock.now() })
    .where('id', '=', imageId)
    .where('id', 'not in', waiting)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The age of an image does not tell: one built from the cache alone is as old as its layers. */
async function isNeeded(ctx: Ctx, image: BuiltImage): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('image')
    .select('id')
    .where('reference', '=', image.reference)
    .where('removedAt', 'is', null)
    .executeTakeFirst()
  if (row) return true
  const deployment = await findDeploymentIn(ctx.db, image.deploymentId)
  return deployment !== undefined && isOpen(deployment.state)
}

/** One that will not go keeps nothing else from going. */
async function discard(ctx: Ctx, reference: string): Promise<void> {
  await ctx.builder.remove(reference).catch((error: unknown) => {
    ctx.log.warn({ reference, error: errorText(error) }, 'could not remove an image')
  })
}

/** Live, on their way, the newest with an image (a redeploy takes it), and the last few that were live of each. */
async function keptImages(ctx: Ctx): Promise<Set<string>> {
  const live = await ctx.db
    .selectFrom('instance')
    .innerJoin('deployment', 'deployment.id', 'instance.liveDeploymentId')
    .select('deployment.imageId')
    .execute()
  const open = await ctx.db
    .selectFrom('deployment')
    .select('imageId')
    .where('state', 'in', [...openStates])
    .execute()
  const newest = await ctx.db
    .selectFrom('deployment')
    .select(['imageId', (row) => row.fn.max('number').as('number')])
    .where('imageId', 'is not', null)
    .groupBy('instanceId')
    .execute()
  const past = await ctx.db
    .selectFrom('deployment')
    .select(['instanceId', 'imageId'])
    .where('liveAt', 'is not', null)
    .where('imageId', 'is not', null)
    .orderBy('number', 'desc')
    .execute()
  const kept = new Set([...live, ...open, ...newest].flatMap(({ imageId }) => imageId ?? []))
  const counts = new Map<string, Set<string>>()
  for (const { instanceId, imageId } of past) {
    const own = counts.get(instanceId) ?? new Set()
    counts.set(instanceId, own)
    if (imageId !== null && own.size <= keptReleases) own.add(imageId)
  }
  for (const own of counts.values()) for (const id of own) kept.add(id)
  return kept
}
