import type { Clock } from '../kernel/clock.ts'
import { HandcarError } from '../kernel/errors.ts'

/** Counts tries by key within a time that slides. In memory: a restart forgives. */
export interface Throttle {
  /** Counts one try; throws `request.too_many` when the limit is reached. Tries that are refused do not count. */
  take(key: string): void
  /** Takes the newest try back, because it turned out to be no guess. */
  giveBack(key: string): void
}

/** More keys than this are not kept: the one that was quiet for longest is forgotten. */
const mostKeys = 10_000

export function createThrottle(clock: Clock, limit: { tries: number; withinMs: number }): Throttle {
  const tries = new Map<string, number[]>()

  function recent(key: string): number[] {
    const since = clock.now() - limit.withinMs
    return (tries.get(key) ?? []).filter((at) => at > since)
  }

  function keep(key: string, times: number[]): void {
    tries.delete(key)
    if (times.length > 0) tries.set(key, times)
    const [oldest] = tries.keys()
    if (tries.size > mostKeys && oldest !== undefined) tries.delete(oldest)
  }

  return {
    take(key) {
      const times = recent(key)
      const [first] = times
      if (first !== undefined && times.length >= limit.tries) throw tooMany(first + limit.withinMs - clock.now())
      keep(key, [...times, clock.now()])
    },
    giveBack(key) {
      keep(key, recent(key).slice(0, -1))
    },
  }
}

function tooMany(waitMs: number): HandcarError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  const wait = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return new HandcarError({
    code: 'request.too_many',
    kind: 'limit',
    message: `There were too many tries. Try again in ${wait}`,
    hint: 'A lost password is replaced on the server: handcar reset-password EMAIL. The wait stays',
    retryAfterSeconds: seconds,
  })
}
