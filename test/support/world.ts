import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '../../migrations/index.ts'
import { memoryContainerEngine } from '../../src/adapters/memory/container-engine.ts'
import { memoryImageBuilder } from '../../src/adapters/memory/image-builder.ts'
import { memoryReverseProxy } from '../../src/adapters/memory/reverse-proxy.ts'
import { hashPassword } from '../../src/core/account/password.ts'
import type { Actor } from '../../src/core/actor.ts'
import type { Ctx } from '../../src/core/ctx.ts'
import { createService } from '../../src/core/service/create-service.ts'
import type { Service } from '../../src/core/service/service.ts'
import type { Tables } from '../../src/core/tables.ts'
import { createBus } from '../../src/kernel/bus.ts'
import { type Config, readConfig } from '../../src/kernel/config.ts'
import { migrate, openDatabase } from '../../src/kernel/db.ts'
import { newId } from '../../src/kernel/ids.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSeal } from '../../src/kernel/seal.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'

/** Everything that core and web need, with engine, builder and proxy in memory and everything else real. */
export interface World extends AsyncDisposable {
  ctx: Ctx
  clock: FakeClock
  engine: ReturnType<typeof memoryContainerEngine>
  builder: ReturnType<typeof memoryImageBuilder>
  proxy: ReturnType<typeof memoryReverseProxy>
  close(): Promise<void>
}

/** A server that nobody has claimed. Its own address is `localhost`, on port 80. */
export async function emptyWorld(config: Partial<Config> = {}): Promise<World> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'handcar-world-'))
  const { db, close } = openDatabase<Tables>(':memory:')
  await migrate(db, migrations)
  await db.insertInto('setting').values({ name: 'server_host', value: 'localhost' }).execute()
  const parts = {
    clock: fakeClock(),
    engine: memoryContainerEngine(),
    builder: memoryImageBuilder(),
    proxy: memoryReverseProxy(),
  }
  const ctx: Ctx = {
    db,
    config: { ...readConfig({ HANDCAR_DATA: dataDirectory }), ...config },
    installId: newId(),
    bus: createBus(),
    log: silentLog,
    seal: createSeal(new Uint8Array(32).fill(7)),
    ...parts,
  }
  const closeAll = async () => {
    await close()
    await rm(dataDirectory, { recursive: true, force: true })
  }
  return { ctx, ...parts, close: closeAll, [Symbol.asyncDispose]: closeAll }
}

export interface SettledWorld extends World {
  /** Owner of the team; signs in with {@link adaSignIn}. */
  ada: Actor
  /** `lantern / production / web`. */
  service: Service
  /** Another team on the same server, with a service of the same names, and one called `secret`. */
  mallory: Actor
  foreign: Service
}

export const adaSignIn = { email: 'ada@lantern.test', password: 'correct horse battery' } as const

/** Ada's server: her team, her project lantern with the service web; and a foreign team beside it. */
export async function world(config: Partial<Config> = {}): Promise<SettledWorld> {
  const empty = await emptyWorld(config)
  const { ctx } = empty
  const ada = await addPerson(ctx, adaSignIn.email)
  const service = await createService(ctx, ada, { project: 'lantern', service: 'web' })
  await empty.clock.advance(1)
  const mallory = await addPerson(ctx, 'mallory@elsewhere.test')
  await createService(ctx, mallory, { project: 'lantern', service: 'web' })
  const foreign = await createService(ctx, mallory, { project: 'vault', service: 'secret' })
  return { ...empty, ada, service, mallory, foreign }
}

let knownHash: Promise<string> | undefined

/** A person with a team of their own and Ada's password. */
export async function addPerson(ctx: Ctx, email: string): Promise<Actor> {
  knownHash ??= hashPassword(adaSignIn.password)
  const passwordHash = await knownHash
  const createdAt = ctx.clock.now()
  const teamId = newId(createdAt)
  const personId = newId(createdAt)
  await ctx.db.insertInto('team').values({ id: teamId, name: email, createdAt }).execute()
  await ctx.db.insertInto('person').values({ id: personId, email, passwordHash, createdAt }).execute()
  await ctx.db.insertInto('membership').values({ teamId, personId, role: 'owner' }).execute()
  return { teamId, personId, name: email }
}
