import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { migrations } from '../migrations/index.ts'
import { dockerContainerEngine } from './adapters/docker/container-engine.ts'
import { dockerImageBuilder } from './adapters/docker/image-builder.ts'
import { traefikReverseProxy } from './adapters/traefik/reverse-proxy.ts'
import { sqliteAddon } from './bundle.ts'
import type { Ctx } from './core/ctx.ts'
import type { Tables } from './core/tables.ts'
import { createBus } from './kernel/bus.ts'
import { systemClock } from './kernel/clock.ts'
import type { Config } from './kernel/config.ts'
import { type Database, type Kysely, type Lock, lockExclusively, migrate, openDatabase } from './kernel/db.ts'
import { newId } from './kernel/ids.ts'
import { createLog, type Log, silentLog } from './kernel/log.ts'
import { createSeal, masterKey } from './kernel/seal.ts'

export interface Core {
  ctx: Ctx
  close(): Promise<void>
}

/** The one place that knows everything: database, keys, adapters. For commands it runs beside a running server. */
export async function openCore(config: Config, log: Log = silentLog): Promise<Core> {
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 })
  const path = join(config.dataDirectory, 'handcar.db')
  // The key first: a database without it would be taken for one whose key was lost.
  const key = await masterKey(join(config.dataDirectory, 'keys', 'master'), !existsSync(path))
  const database: Database<Tables> = openDatabase(path, sqliteAddon(config.dataDirectory))
  try {
    await migrate(database.db, migrations)
    const installId = await installIdOf(database.db)
    const ctx: Ctx = {
      db: database.db,
      config,
      installId,
      clock: systemClock,
      bus: createBus(),
      log,
      seal: createSeal(key),
      engine: dockerContainerEngine({ socketPath: config.dockerSocket, installId }),
      builder: dockerImageBuilder({ socketPath: config.dockerSocket, installId }),
      proxy: traefikReverseProxy({
        directory: join(config.dataDirectory, 'traefik'),
        apiPort: config.traefikApiPort,
        httpPort: config.httpPort,
        httpsPort: config.httpsPort,
      }),
    }
    return { ctx, close: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The same with the server's lock: a second server on the same data directory is refused. Its files are its own. */
export async function openServer(config: Config): Promise<Core> {
  process.umask(0o077)
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 })
  const addon = sqliteAddon(config.dataDirectory)
  const lock: Lock = lockExclusively(join(config.dataDirectory, 'lock.db'), addon)
  try {
    const core = await openCore(config, createLog(config.logLevel))
    return {
      ctx: core.ctx,
      async close() {
        await core.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Made once, on the first start: it tells our replicas, images and networks from another Handcar's. */
async function installIdOf(db: Kysely<Tables>): Promise<string> {
  const found = await db.selectFrom('setting').select('value').where('name', '=', 'install_id').executeTakeFirst()
  if (found) return found.value
  const value = newId()
  await db
    .insertInto('setting')
    .values({ name: 'install_id', value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return installIdOf(db)
}
