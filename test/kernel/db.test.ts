import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockExclusively, migrate, openDatabase } from '../../src/kernel/db.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handcar-db-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the database', () => {
  test('is durable at each commit and holds its references', async () => {
    const { db, close } = openDatabase(join(folder, 'a.db'))
    const pragma = async (name: string) =>
      Object.values((await sql.raw<object>(`PRAGMA ${name}`).execute(db)).rows[0] ?? {})[0]
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ])
    await close()
  })

  test('a migration that fails half way leaves nothing behind', async () => {
    const { db, close } = openDatabase(join(folder, 'a.db'))
    const broken = {
      '0001_broken': {
        async up(tx: typeof db) {
          await sql`CREATE TABLE half (id TEXT)`.execute(tx)
          throw new Error('stop')
        },
      },
    }
    await expect(migrate(db, broken)).rejects.toMatchObject({ code: 'database.migration_failed' })
    const { rows } = await sql`SELECT name FROM sqlite_master WHERE name = 'half'`.execute(db)
    expect(rows).toEqual([])
    await close()
  })

  test('damage is refused, not repaired over', async () => {
    await writeFile(join(folder, 'a.db'), Buffer.alloc(8192, 7))
    expect(() => openDatabase(join(folder, 'a.db'))).toThrow()
  })
})

describe('the lock of the server', () => {
  test('is held by one, and free once it is released', () => {
    const path = join(folder, 'lock.db')
    const first = lockExclusively(path)
    expect(() => lockExclusively(path)).toThrow(/Another Handcar server/)
    first.release()
    lockExclusively(path).release()
  })
  test('says what is really wrong when it is no other server', async () => {
    const path = join(folder, 'lock.db')
    await writeFile(path, 'no database at all '.repeat(100))
    expect(() => lockExclusively(path)).toThrow(/not a database/)
  })
})

test('a transaction that reads first and then writes is not broken by a command that writes in between', async () => {
  const path = join(folder, 'shared.db')
  const server = openDatabase<{ note: { text: string } }>(path)
  await sql`CREATE TABLE note (text TEXT)`.execute(server.db)
  const command = openDatabase<{ note: { text: string } }>(path)
  const outcome = server.db.transaction().execute(async (tx) => {
    await tx.selectFrom('note').selectAll().execute()
    await expect(command.db.insertInto('note').values({ text: 'command' }).execute()).rejects.toThrow(/locked/)
    await tx.insertInto('note').values({ text: 'server' }).execute()
  })
  await outcome
  expect(await server.db.selectFrom('note').selectAll().execute()).toEqual([{ text: 'server' }])
  await command.close()
  await server.close()
})
