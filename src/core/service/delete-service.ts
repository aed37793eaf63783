import { HandcarError } from '../../kernel/errors.ts'
import type { Actor } from '../actor.ts'
import { type Ctx, tellWanted } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Service } from './service.ts'
import { wantNothingIn } from './stop-service.ts'

/** Marks the service deleted; the mover takes everything of it away, also after a crash. `confirm` is its name. */
export async function deleteService(ctx: Ctx, actor: Actor, service: Service, confirm: string): Promise<void> {
  if (confirm !== service.slug) {
    throw new HandcarError({
      code: 'service.not_confirmed',
      kind: 'invalid',
      field: 'confirm',
      message: `Type ${service.slug} to delete this service`,
    })
  }
  const at = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    await wantNothingIn(tx, service, at)
    await tx.updateTable('service').set({ deletedAt: at }).where('id', '=', service.id).execute()
    const hostLabel = `deleted-${service.instanceId}`
    await tx.updateTable('instance').set({ hostLabel }).where('id', '=', service.instanceId).execute()
    const detail = { project: service.project, service: service.slug }
    const subject = { kind: 'service.deleted', subjectId: service.id, actor: actor.name }
    await recordEventIn(tx, { ...subject, teamId: service.teamId, detail, at })
  })
  tellWanted(ctx, service.instanceId)
}
