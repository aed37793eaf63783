import { errorText } from '../../kernel/errors.ts'
import { type Ctx, tellChanged, topics } from '../ctx.ts'
import { createPublisher } from '../route/publish.ts'
import { emptyMemory, observe } from './observe.ts'
import { createPerformer } from './perform.ts'
import { rollOut } from './roll-out.ts'

/** Pauses between looks while only time can help: short at first, when an app is about to be ready. */
const lookMs = { first: 25, more: 2, most: 250 } as const
/** After the engine or the proxy failed us. */
const retryMs = { first: 500, most: 10_000 } as const

/**
 * The one mover. Nothing else starts, stops or removes replicas or publishes routes. Per instance, one at a time, it
 * compares what is wanted (rows) with what is (engine, proxy, probes) and takes the next safe actions until they agree.
 * A deploy, a crash, a boot, a lost event and somebody's `docker rm -f` are all the same case to it.
 */
export interface Converger {
  /** Something about this instance may have changed. */
  nudge(instanceId: string): void
  /** Resolves when every instance nudged before has settled or only waits. For tests and for shutting down. */
  idle(): Promise<void>
  /** The table of the proxy is written again if it is not what the rows say. */
  checkRoutes(): Promise<void>
  /** Tells how a run ended, as the engine told it. */
  tellExit(replicaId: string, exit: { exitCode: number | undefined; isOutOfMemory: boolean }): void
}

export function createConverger(ctx: Ctx, signal: AbortSignal): Converger {
  const memory = emptyMemory()
  const publisher = createPublisher(ctx)
  const running = new Map<string, Promise<void>>()
  const again = new Map<string, () => void>()
  const { perform, settle } = createPerformer(ctx, { memory, publisher, nudge })

  function nudge(instanceId: string): void {
    const wake = again.get(instanceId)
    if (wake) wake()
    else if (!signal.aborted) running.set(instanceId, converge(instanceId))
  }

  /** Runs until wanted and observed agree and nobody nudged meanwhile. */
  async function converge(instanceId: string): Promise<void> {
    let pauseMs: number = lookMs.first
    let failures = 0
    while (!signal.aborted) {
      let isNudged = false
      const nudged = new Promise<void>((resolve) => {
        again.set(instanceId, () => {
          isNudged = true
          resolve()
        })
      })
      try {
        const progress = await step(instanceId)
        failures = 0
        if (progress === 'moved') {
          pauseMs = lookMs.first
          continue
        }
        if (progress === 'settled') {
          if (isNudged) continue
          break
        }
        await Promise.race([nudged, ctx.clock.sleep(pauseMs, signal)])
        pauseMs = Math.min(lookMs.most, pauseMs + lookMs.more)
      } catch (error) {
        failures++
        const waitMs = Math.min(retryMs.most, retryMs.first * 2 ** Math.min(failures, 6))
        ctx.log.warn({ instanceId, error: errorText(error), waitMs }, 'could not converge, trying again')
        await ctx.clock.sleep(waitMs, signal)
      }
    }
    running.delete(instanceId)
    again.delete(instanceId)
  }

  /** One look and what follows from it. */
  async function step(instanceId: string): Promise<'moved' | 'waiting' | 'settled'> {
    const sight = await observe(ctx, memory, instanceId)
    const actions = rollOut(sight.wanted, sight.observed, ctx.clock.now())
    const results = await Promise.all(actions.map((action) => perform(sight, action)))
    if (results.includes('moved')) {
      tellChanged(ctx, instanceId)
      return 'moved'
    }
    if (await settle(sight)) return 'moved'
    const isDraining = sight.observed.some(({ replica, isBusy }) => !isBusy && replica.wanted === 'remove')
    return actions.length > 0 || isDraining ? 'waiting' : 'settled'
  }

  const unsubscribe = ctx.bus.subscribe(topics.wanted, nudge)
  signal.addEventListener('abort', unsubscribe, { once: true })

  return {
    nudge,
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
    checkRoutes: () => publisher.publish(),
    tellExit: (replicaId, exit) => memory.exits.set(replicaId, exit),
  }
}
