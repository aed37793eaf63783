import { setTimeout as wait } from 'node:timers/promises'

/** Looks again until it holds; fails with what was seen last. The time only bounds the wait. */
export async function eventually(what: string, look: () => Promise<unknown>, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs
  let seen: unknown
  do {
    seen = await look().catch((error: unknown) => error)
    if (seen === true) return
    await wait(50)
  } while (performance.now() < end)
  throw new Error(`never seen: ${what}; at last: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`)
}
