import { mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { errorText, HandcarError } from '../../kernel/errors.ts'
import type { ReverseProxy, RouteTable } from '../../ports/reverse-proxy.ts'
import { type TraefikAddress, type TraefikClient, traefikClient } from './client.ts'
import { type DynamicConfig, dynamicConfig } from './config.ts'
import { filesIn, makeReadable, readText, type TraefikFiles, writeReadable } from './files.ts'

export interface TraefikOptions extends TraefikAddress {
  /** `<data>/traefik`, as `prepareTraefik` made it. */
  directory: string
  /** Left out, time is monotonic: a changed wall clock neither ends nor prolongs the wait. */
  clock?: Clock
}

/** A first sign of life after this time is unlikely; the event may have been lost, so the file is renamed in again. */
const rewriteAfterMs = 2000
const giveUpAfterMs = 10_000
const pollMs = { first: 3, last: 50 }

/** Traefik as the reverse proxy: one file that holds the whole table, watched by a process that is not ours. */
export function traefikReverseProxy(options: TraefikOptions): ReverseProxy {
  const directory = resolve(options.directory)
  const client = traefikClient(options)
  const publisher: Publisher = { directory, files: filesIn(directory), client, clock: options.clock ?? monotonicClock }
  let last: Promise<void> = Promise.resolve()
  return {
    async publish(table) {
      const config = dynamicConfig(table, directory)
      // One at a time: an older table that waits for its own marker must not be renamed over a newer one.
      const turn = last.then(() => publish(publisher, table, config))
      last = turn.catch(() => undefined)
      return turn
    },
    async serves(table) {
      const config = dynamicConfig(table, directory)
      if ((await readText(publisher.files.table)) !== config.text) return false
      return (await observe(client, config.marker)).state === 'served'
    },
  }
}

interface Publisher {
  directory: string
  files: TraefikFiles
  client: TraefikClient
  clock: Clock
}

async function publish(publisher: Publisher, table: RouteTable, config: DynamicConfig): Promise<void> {
  await writeTable(publisher.files, config.text)
  await confirm(publisher, table, config)
  await checkRouters(publisher.client, config)
}

async function writeTable(files: TraefikFiles, text: string): Promise<void> {
  try {
    for (const folder of [dirname(files.dynamic), files.dynamic]) await makeReadable(folder)
    await mkdir(files.stage, { recursive: true, mode: 0o700 })
    await writeReadable(files.table, text, files.stage)
  } catch (cause) {
    throw new HandcarError({
      code: 'proxy.cannot_write',
      kind: 'unavailable',
      message: `The routes could not be written to ${files.table}: ${errorText(cause)}`,
      hint: 'Check free space and the owner of the data directory; the old routes are served until then',
      cause,
    })
  }
}

async function confirm(publisher: Publisher, table: RouteTable, config: DynamicConfig): Promise<void> {
  const { client, clock, files } = publisher
  const startedAt = clock.now()
  let pauseMs = pollMs.first
  let isRewritten = false
  for (;;) {
    const seen = await observe(client, config.marker)
    if (seen.state === 'served') return
    const waitedMs = clock.now() - startedAt
    if (waitedMs >= giveUpAfterMs) throw await notConfirmed(publisher, table, seen)
    if (waitedMs >= rewriteAfterMs && !isRewritten) {
      isRewritten = true
      await writeTable(files, config.text)
    }
    await clock.sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, pollMs.last)
  }
}

type Seen = { state: 'served' } | { state: 'old'; where: string } | { state: 'away'; where: string; cause: unknown }

/** Whether the table with this marker is loaded, and served to a new visitor of each entry point. */
async function observe(client: TraefikClient, marker: string): Promise<Seen> {
  try {
    if (!(await client.hasLoaded(marker))) return { state: 'old', where: 'its API' }
  } catch (cause) {
    return { state: 'away', where: 'its API', cause }
  }
  const looks = await Promise.all(
    (['web', 'websecure'] as const).map(async (entryPoint): Promise<Seen> => {
      const where = `the entry point ${entryPoint}`
      try {
        return (await client.markerOn(entryPoint)) === marker ? { state: 'served' } : { state: 'old', where }
      } catch (cause) {
        return { state: 'away', where, cause }
      }
    }),
  )
  return looks.find((look) => look.state !== 'served') ?? { state: 'served' }
}

async function notConfirmed(publisher: Publisher, table: RouteTable, seen: Seen): Promise<HandcarError> {
  const { files, directory } = publisher
  const what = `Traefik did not confirm the routes of generation ${table.generation} within ${giveUpAfterMs / 1000} s`
  const strangers = (await readdir(files.dynamic)).filter((name) => name !== basename(files.table))
  if (seen.state === 'away') {
    return new HandcarError({
      code: 'proxy.not_confirmed',
      kind: 'timeout',
      message: `${what}: ${seen.where} does not answer (${errorText(seen.cause)})`,
      hint: `Is Traefik running? Start it with the configuration in ${directory}; it then serves these routes`,
      cause: seen.cause,
    })
  }
  return new HandcarError({
    code: 'proxy.not_confirmed',
    kind: 'timeout',
    message: `${what}: ${seen.state === 'old' ? seen.where : 'it'} still serves others`,
    hint:
      strangers.length > 0
        ? `Remove ${strangers.join(', ')} from ${files.dynamic}; only ${basename(files.table)} may be there`
        : `${files.logs} says why; if it says nothing, restart Traefik, which then reads the file anew`,
  })
}

/** A route that Traefik refuses takes no other with it; so the table is served, and this says what is missing. */
async function checkRouters(client: TraefikClient, config: DynamicConfig): Promise<void> {
  const refused = (await listRefused(client)).filter((router) => config.routers.has(router.name))
  const [first] = refused
  if (first === undefined) return
  const hosts = config.routers.get(first.name) ?? []
  throw new HandcarError({
    code: 'proxy.route_refused',
    kind: 'unavailable',
    message:
      `Traefik serves the new routes but refuses ${refused.length} of them, the first is ${first.name}` +
      ` for ${hosts.join(', ') || 'every host'}: ${first.errors.join('; ') || 'no reason given'}`,
    hint: 'Traefik has to be 3.7.12 or newer and started with our own configuration',
  })
}

async function listRefused(client: TraefikClient) {
  try {
    return await client.refusedRouters()
  } catch (cause) {
    throw new HandcarError({
      code: 'proxy.away',
      kind: 'unavailable',
      message: `Traefik took the new routes and then stopped answering: ${errorText(cause)}`,
      hint: 'It is started again by itself; try again in some seconds',
      cause,
    })
  }
}

const monotonicClock: Clock = { now: () => performance.now(), sleep: systemClock.sleep }
