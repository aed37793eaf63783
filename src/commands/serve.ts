import { serve as listen, type ServerType } from '@hono/node-server'
import { openServer } from '../assemble.ts'
import { publicFiles } from '../bundle.ts'
import type { Ctx } from '../core/ctx.ts'
import { type Converger, createConverger } from '../core/replica/converge.ts'
import { sweepInstances } from '../core/replica/sweep.ts'
import { ensureHooks } from '../core/source/hooks.ts'
import { readConfig } from '../kernel/config.ts'
import { errorText } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { startSchedule } from '../schedule.ts'
import { createApp } from '../web/app.ts'
import { createAssets } from '../web/assets.ts'
import { startWorker } from '../worker.ts'
import { exitCodes, readArguments } from './command.ts'

const engineRetryMs = 1_000

/** The server: panel, worker and mover in one process, until SIGTERM or SIGINT. */
export async function serve(args: string[]): Promise<number> {
  readArguments(args, { count: 0, usage: 'serve' })
  const { ctx, close } = await openServer(readConfig())
  const stopping = new AbortController()
  await ensureHooks(ctx)
  const server = await listenOn(ctx)
  ctx.log.info({ port: ctx.config.port, data: ctx.config.dataDirectory }, 'handcar is listening')

  const converger = createConverger(ctx, stopping.signal)
  const moving = moveWhenEngineAnswers(ctx, converger, stopping.signal)
  const worker = await startWorker(ctx, newId())
  const stopSchedule = startSchedule(ctx, converger)

  await untilAskedToStop()
  ctx.log.info({}, 'handcar is stopping; apps go on')
  await stopSchedule()
  await worker.stop()
  stopping.abort()
  await Promise.all([moving, converger.idle()])
  server.close()
  if ('closeAllConnections' in server) server.closeAllConnections()
  await close()
  return exitCodes.done
}

/** Resolves when the port is ours; a taken port rejects. */
function listenOn(ctx: Ctx): Promise<ServerType> {
  const app = createApp({ ctx, assets: createAssets(publicFiles()) })
  const options = { serverOptions: { requestTimeout: 0, headersTimeout: 30_000 } }
  return new Promise((resolve, reject) => {
    const server = listen({ fetch: app.fetch, port: ctx.config.port, hostname: '127.0.0.1', ...options }, () =>
      resolve(server),
    )
    server.once('error', reject)
  })
}

/** The daemon may come up after us: the first sweep waits for it, then its events nudge the mover for ever. */
async function moveWhenEngineAnswers(ctx: Ctx, converger: Converger, signal: AbortSignal): Promise<void> {
  let isAway = false
  while (!signal.aborted) {
    try {
      await ctx.engine.version()
      if (isAway) ctx.log.info({}, 'the container engine answers')
      isAway = false
      await sweepInstances(ctx, converger)
      await followEvents(ctx, converger, signal)
    } catch (error) {
      // Said once: it may be away for hours.
      if (!isAway) ctx.log.warn({ error: errorText(error) }, 'the container engine does not answer yet')
      isAway = true
    }
    await ctx.clock.sleep(engineRetryMs, signal)
  }
}

/** Events only nudge; what they missed the next sweep finds. */
async function followEvents(ctx: Ctx, converger: Converger, signal: AbortSignal): Promise<void> {
  for await (const event of ctx.engine.events(signal)) {
    const row = await ctx.db
      .selectFrom('replica')
      .select(['instanceId', 'endedAt'])
      .where('id', '=', event.replicaId)
      .executeTakeFirst()
    if (!row || row.endedAt !== null) continue
    if (event.kind === 'ended') converger.tellExit(event.replicaId, { exitCode: event.exitCode, isOutOfMemory: false })
    if (event.kind === 'out_of_memory')
      converger.tellExit(event.replicaId, { exitCode: undefined, isOutOfMemory: true })
    converger.nudge(row.instanceId)
  }
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}
