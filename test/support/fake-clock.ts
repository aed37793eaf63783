import type { Clock } from '../../src/kernel/clock.ts'

/** Time that moves only when a test says so. */
export interface FakeClock extends Clock {
  /** Moves on and wakes every sleeper whose time has come, earliest first. */
  advance(ms: number): Promise<void>
}

export function fakeClock(start = Date.UTC(2026, 10, 21, 9, 0, 0)): FakeClock {
  let now = start
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => now,
    sleep(ms, signal) {
      if (signal?.aborted || ms <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = {
          until: now + ms,
          wake() {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake, { once: true })
      })
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...sleepers].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)
        if (!next) break
        now = Math.max(now, next.until)
        next.wake()
        await new Promise((resolve) => setImmediate(resolve))
      }
      now = end
    },
  }
}
