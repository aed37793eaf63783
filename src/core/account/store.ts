import { newId } from '../../kernel/ids.ts'
import type { Reader, Tx } from '../ctx.ts'

type SettingName = 'panel_host' | 'apps_host' | 'server_host' | 'panel_answered'

export async function readSettings(reader: Reader, names: SettingName[]): Promise<Map<string, string>> {
  const rows = await reader.selectFrom('setting').selectAll().where('name', 'in', names).execute()
  return new Map(rows.map(({ name, value }) => [name, value]))
}

export async function writeSettingIn(tx: Tx, name: SettingName, value: string): Promise<void> {
  await tx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

export async function removeSettingIn(tx: Tx, name: SettingName): Promise<void> {
  await tx.deleteFrom('setting').where('name', '=', name).execute()
}

/** The one team of this server. */
export async function ensureTeamIn(tx: Tx, at: number): Promise<string> {
  const existing = await tx.selectFrom('team').select('id').orderBy('id').executeTakeFirst()
  if (existing) return existing.id
  const id = newId(at)
  await tx.insertInto('team').values({ id, name: 'Team', createdAt: at }).execute()
  return id
}
