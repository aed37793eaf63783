import { newId } from '../../kernel/ids.ts'
import type { BuiltImage } from '../../ports/image-builder.ts'
import type { Ctx } from '../ctx.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { moveIn, updateIn } from '../deployment/store.ts'

/** The image row, the deployment that made it and the next state of that one, in one transaction. */
export async function recordImage(
  ctx: Ctx,
  deployment: Deployment,
  serviceId: string,
  image: BuiltImage,
  builder: string,
): Promise<void> {
  const now = ctx.clock.now()
  const [exposedPort, ...otherPorts] = image.exposedPorts
  await ctx.db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto('image')
      .values({
        id: newId(now),
        serviceId,
        deploymentId: deployment.id,
        reference: image.reference,
        sizeBytes: image.sizeBytes,
        exposedPort: otherPorts.length === 0 ? (exposedPort ?? null) : null,
        builder,
        createdAt: now,
      })
      .onConflict((conflict) => conflict.column('reference').doUpdateSet({ removedAt: null }))
      .returning('id')
      .executeTakeFirstOrThrow()
    await updateIn(tx, deployment.id, { imageId: row.id })
    await moveIn(tx, deployment.id, { from: 'building', to: 'releasing' }, now)
  })
}
