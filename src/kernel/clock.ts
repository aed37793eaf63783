import { setTimeout as wait } from 'node:timers/promises'

/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return
    await wait(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
  },
}
