import { newId } from '../../kernel/ids.ts'
import type { Ctx, Tx } from '../ctx.ts'
import type { ReleaseRow } from '../tables.ts'
import type { Release, ReleaseSettings } from './release.ts'

export interface NewRelease {
  instanceId: string
  imageId: string
  settings: ReleaseSettings
  variables: Record<string, string>
}

/** Freezes a release; its variables are sealed to its row. */
export async function insertReleaseIn(tx: Tx, ctx: Ctx, release: NewRelease): Promise<string> {
  const now = ctx.clock.now()
  const id = newId(now)
  await tx
    .insertInto('release')
    .values({
      id,
      instanceId: release.instanceId,
      imageId: release.imageId,
      settings: JSON.stringify(release.settings),
      variablesSealed: ctx.seal.seal(JSON.stringify(release.variables), placeOf(id)),
      createdAt: now,
    })
    .execute()
  return id
}

/** The sealed variables of a release, opened. */
export function openVariables(ctx: Ctx, row: Pick<ReleaseRow, 'id' | 'variablesSealed'>): Record<string, string> {
  return JSON.parse(ctx.seal.open(row.variablesSealed, placeOf(row.id))) as Record<string, string>
}

export function toRelease(row: ReleaseRow, imageReference: string): Release {
  const settings = JSON.parse(row.settings) as ReleaseSettings
  return { id: row.id, instanceId: row.instanceId, imageId: row.imageId, imageReference, settings }
}

function placeOf(releaseId: string): string {
  return `release.variables:${releaseId}`
}
