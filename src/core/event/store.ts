import { newId } from '../../kernel/ids.ts'
import type { Tx } from '../ctx.ts'

export interface NewEvent {
  teamId: string
  /** Noun and past verb, e.g. `deployment.requested`. */
  kind: string
  subjectId: string
  actor: string
  detail: Record<string, string | number | boolean | null>
  at: number
}

/** Written in the same transaction as the change it tells of. Details never hold a secret. */
export async function recordEventIn(tx: Tx, event: NewEvent): Promise<void> {
  await tx
    .insertInto('event')
    .values({ ...event, id: newId(event.at), detail: JSON.stringify(event.detail) })
    .execute()
}
