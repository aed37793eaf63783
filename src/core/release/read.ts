import type { Ctx } from '../ctx.ts'
import type { Release } from './release.ts'
import { openVariables, toRelease } from './store.ts'

/** A release and its frozen variables. */
export async function getRelease(
  ctx: Ctx,
  releaseId: string,
): Promise<{ release: Release; variables: Record<string, string> }> {
  const row = await ctx.db
    .selectFrom('release')
    .innerJoin('image', 'image.id', 'release.imageId')
    .selectAll('release')
    .select('image.reference')
    .where('release.id', '=', releaseId)
    .executeTakeFirstOrThrow()
  return { release: toRelease(row, row.reference), variables: openVariables(ctx, row) }
}
