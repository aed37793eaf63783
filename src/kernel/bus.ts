/** In-process "this changed". It only nudges: whoever misses a message finds the truth in the rows. */
export interface Bus {
  /** `subject` says what changed, for topics that many things share. */
  publish(topic: string, subject?: string): void
  /** Calls back on each message of the topic until the returned function is called. */
  subscribe(topic: string, listener: (subject: string) => void): () => void
  /** Resolves at the next message of the topic, after `timeoutMs`, or when the signal aborts. */
  next(topic: string, timeoutMs: number, signal?: AbortSignal): Promise<void>
}

export function createBus(): Bus {
  const topics = new Map<string, Set<(subject: string) => void>>()

  function subscribe(topic: string, listener: (subject: string) => void): () => void {
    const listeners = topics.get(topic) ?? new Set()
    topics.set(topic, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic)
    }
  }

  return {
    publish(topic, subject = '') {
      for (const listener of [...(topics.get(topic) ?? [])]) listener(subject)
    },
    subscribe,
    next(topic, timeoutMs, signal) {
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer)
          unsubscribe()
          signal?.removeEventListener('abort', finish)
          resolve()
        }
        const unsubscribe = subscribe(topic, finish)
        const timer = setTimeout(finish, timeoutMs)
        signal?.addEventListener('abort', finish, { once: true })
        if (signal?.aborted) finish()
      })
    },
  }
}
