import Sqlite from 'better-sqlite3'
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type Transaction,
} from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { HandcarError } from './errors.ts'

/** SQLite can roll back table changes; Kysely's adapter says it cannot and would leave half a migration behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/**
 * A transaction takes the write lock when it begins. Begun as a reader it could not become a writer once a command
 * beside the server has written, and no waiting would help (SQLITE_BUSY_SNAPSHOT).
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class Dialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/** The addon as a loaded object, for the single executable; undefined loads it from node_modules. */
export type SqliteAddon = object | undefined

export interface Database<Tables> {
  db: Kysely<Tables>
  /** Bytes of the file and its journal are on disk when a commit returns (WAL, synchronous FULL). */
  close(): Promise<void>
}

/** Opens the file (or `:memory:`). Damage is refused, never repaired over. */
export function openDatabase<Tables>(path: string, addon?: SqliteAddon): Database<Tables> {
  const sqlite = new Sqlite(path, addon ? { nativeBinding: addon as unknown as string } : {})
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('busy_timeout = 1000')
  sqlite.pragma('wal_autocheckpoint = 1000')
  const check = sqlite.pragma('quick_check(1)', { simple: true })
  if (check !== 'ok') {
    sqlite.close()
    throw new HandcarError({
      code: 'database.damaged',
      kind: 'unavailable',
      message: `The database ${path} is damaged: ${String(check)}`,
      hint: 'Running apps go on. Restore the newest backup with handcar restore FILE',
    })
  }
  const db = new Kysely<Tables>({
    dialect: new Dialect({ database: keepingStatements(sqlite) }),
    plugins: [new CamelCasePlugin()],
  })
  return { db, close: () => db.destroy() }
}

/** Statements that stay prepared; lists of different lengths make many, so the oldest go. */
const statementsMax = 300

/** Kysely prepares every statement anew, which costs more than running most of them. */
function keepingStatements(sqlite: Sqlite.Database): Pick<Sqlite.Database, 'prepare' | 'close'> {
  const prepared = new Map<string, Sqlite.Statement>()
  return {
    prepare: ((sql: string) => {
      const found = prepared.get(sql)
      if (found) return found
      const [oldest] = prepared.size >= statementsMax ? prepared.keys() : []
      if (oldest !== undefined) prepared.delete(oldest)
      const statement = sqlite.prepare(sql)
      prepared.set(sql, statement)
      return statement
    }) as Sqlite.Database['prepare'],
    close: () => sqlite.close(),
  }
}

/** Runs what is missing, all in one transaction. A database of a newer version is refused. */
export async function migrate<Tables>(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) {
    throw new HandcarError({
      code: 'database.migration_failed',
      kind: 'unavailable',
      message: 'The database could not be brought to this version; nothing was changed',
      hint: 'Start the version that wrote this database, or restore a backup',
      cause: error,
    })
  }
}

/**
 * One short transaction. The callback touches only `tx` and awaits nothing of the outside:
 * a wait in here stalls every query of the process, and a query past `tx` hangs for ever.
 */
export function transaction<Tables, Result>(
  db: Kysely<Tables>,
  act: (tx: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(act)
}

export interface Lock {
  release(): void
}

/** Holds `path` exclusively for as long as the process lives; the kernel frees it on any death. */
export function lockExclusively(path: string, addon?: SqliteAddon): Lock {
  const sqlite = new Sqlite(path, addon ? { nativeBinding: addon as unknown as string } : {})
  try {
    sqlite.pragma('busy_timeout = 0')
    sqlite.pragma('locking_mode = EXCLUSIVE')
    sqlite.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    sqlite.close()
    if (!(error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error
    throw new HandcarError({
      code: 'server.already_running',
      kind: 'conflict',
      message: `Another Handcar server holds ${path}`,
      hint: 'Stop the other server first, or give this one its own HANDCAR_DATA and ports',
      cause: error,
    })
  }
  return { release: () => sqlite.close() }
}

export type { Kysely, Transaction }
