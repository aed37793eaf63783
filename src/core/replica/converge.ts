import { errorText, isHandcarError } from '../../kernel/errors.ts'
import { type Ctx, tellChanged, topics } from '../ctx.ts'
import { createPublisher } from '../route/publish.ts'
import { settleLive } from './go-live.ts'
import { emptyMemory, type Memory, observe } from './observe.ts'
import { type Hands, perform } from './perform.ts'
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
  const running = new Map<string, Promise<void>>()
  const wakes = new Map<string, () => void>()
  const hands = { ctx, memory: emptyMemory(), publisher: createPublisher(ctx), nudge }

  function nudge(instanceId: string): void {
    const wake = wakes.get(instanceId)
    if (wake) wake()
    else if (!signal.aborted) running.set(instanceId, converge(instanceId))
  }

  /** Runs until wanted and observed agree and nobody nudged meanwhile. */
  async function converge(instanceId: string): Promise<void> {
    const pause = { ms: lookMs.first as number, failures: 0 }
    while (!signal.aborted) {
      let isNudged = false
      const nudged = new Promise<void>((resolve) => {
        wakes.set(instanceId, () => {
          isNudged = true
          resolve()
        })
      })
      const progress = await tryStep({ ...hands, news: nudged }, instanceId, pause)
      if (progress === 'settled' && !isNudged) break
      if (progress === 'waiting') await Promise.race([nudged, ctx.clock.sleep(pause.ms, signal)])
      if (progress === 'failed') await ctx.clock.sleep(pause.ms, signal)
    }
    running.delete(instanceId)
    wakes.delete(instanceId)
  }

  const unsubscribe = ctx.bus.subscribe(topics.wanted, nudge)
  signal.addEventListener('abort', unsubscribe, { once: true })
  return {
    nudge,
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values())
    },
    checkRoutes: () => hands.publisher.publish(),
    tellExit: (replicaId, exit) => hands.memory.exits.set(replicaId, exit),
  }
}

/**
 * One look, and how long to pause after it: longer while it is in vain, anew after each move. An instance that was
 * purged meanwhile is settled.
 */
async function tryStep(hands: Hands, instanceId: string, pause: { ms: number; failures: number }) {
  try {
    const progress = await step(hands, instanceId)
    pause.ms = progress === 'moved' || pause.failures > 0 ? lookMs.first : Math.min(lookMs.most, pause.ms + lookMs.more)
    pause.failures = 0
    hands.memory.trouble.delete(instanceId)
    return progress
  } catch (error) {
    if (isHandcarError(error, 'not_found')) return 'settled' as const
    remember(hands.memory, instanceId, error)
    pause.ms = Math.min(retryMs.most, retryMs.first * 2 ** Math.min(pause.failures++, 6))
    const fields = { instanceId, error: errorText(error), waitMs: pause.ms }
    hands.ctx.log.warn(fields, 'could not converge, trying again')
    return 'failed' as const
  }
}

function remember(memory: Memory, instanceId: string, error: unknown): void {
  if (!isHandcarError(error)) return
  memory.trouble.set(instanceId, error.message)
  if (error.code === 'engine.unavailable') memory.lost.add(instanceId)
}

/** One look and what follows from it. */
async function step(hands: Hands, instanceId: string): Promise<'moved' | 'waiting' | 'settled'> {
  const { ctx, memory } = hands
  const sight = await observe(ctx, memory, instanceId)
  const actions = rollOut(sight.wanted, sight.observed, ctx.clock.now())
  const results = await allOf(actions.map((action) => perform(hands, sight, action)))
  if (results.includes('moved')) {
    tellChanged(ctx, instanceId)
    return 'moved'
  }
  await settleLive(ctx, memory, sight)
  const isDraining = sight.observed.some(({ replica, isBusy }) => !isBusy && replica.wanted === 'remove')
  return actions.length > 0 || isDraining ? 'waiting' : 'settled'
}

/** As `Promise.all`, but a failure is thrown only when all are over, so that no action reaches into the next look. */
async function allOf<Value>(acts: Array<Promise<Value>>): Promise<Value[]> {
  await Promise.allSettled(acts)
  return Promise.all(acts)
}
