import type { Handcar } from '../../support/handcar.ts'

export interface Poller {
  /** Stops asking and gives everything that was asked, in the order in which it was. */
  stop(): Promise<Poll[]>
}

export interface Poll {
  /** Milliseconds since the poller began. */
  askedAt: number
  answeredAt: number
  /** What answered; undefined when nothing useful did. */
  release: string | undefined
  /** Status or error, for messages. */
  outcome: string
}

const everyMs = 50

/** Asks an app some twenty times a second through Traefik, each time by a new connection, without retries. */
export function startPoller(handcar: Handcar, name: string): Poller {
  const begun = performance.now()
  const polls: Array<Promise<Poll>> = []
  const timer = setInterval(() => polls.push(poll()), everyMs)
  async function poll(): Promise<Poll> {
    const askedAt = performance.now() - begun
    const found = await handcar.ask(name).then(
      ({ status, headers }) => ({
        release: status === 200 ? String(headers['x-release']) : undefined,
        outcome: `${status}`,
      }),
      (error: Error) => ({ release: undefined, outcome: error.message }),
    )
    return { askedAt, answeredAt: performance.now() - begun, ...found }
  }
  return {
    stop() {
      clearInterval(timer)
      return Promise.all(polls)
    },
  }
}

/** Polls that no release answered, for a message. */
export function failuresOf(polls: readonly Poll[]): string[] {
  return polls.filter(({ release }) => release === undefined).map(({ askedAt, outcome }) => `${askedAt}: ${outcome}`)
}

/** Polls that an older release answered although a newer one had answered before they were asked. */
export function stepsBack(polls: readonly Poll[], oldRelease: string, newRelease: string): Poll[] {
  const firstNew = Math.min(
    ...polls.filter(({ release }) => release === newRelease).map(({ answeredAt }) => answeredAt),
  )
  return polls.filter(({ release, askedAt }) => release === oldRelease && askedAt > firstNew)
}
