/** Hands each value to everyone who has subscribed before it came. */
export class BroadcastQueue<Value> {
  private readonly subscribers = new Set<Subscriber<Value>>()

  /** Values from this call on; ends with {@link end} or when the signal aborts. */
  subscribe(signal?: AbortSignal): AsyncIterable<Value> {
    const subscriber = new Subscriber<Value>()
    const leave = () => {
      this.subscribers.delete(subscriber)
      signal?.removeEventListener('abort', leave)
      subscriber.end()
    }
    if (signal?.aborted) return subscriber.values(leave)
    this.subscribers.add(subscriber)
    signal?.addEventListener('abort', leave, { once: true })
    return subscriber.values(leave)
  }

  push(value: Value): void {
    for (const subscriber of this.subscribers) subscriber.push(value)
  }

  /** Ends every subscription; later ones start afresh. */
  end(): void {
    for (const subscriber of this.subscribers) subscriber.end()
    this.subscribers.clear()
  }
}

class Subscriber<Value> {
  private readonly waiting: Value[] = []
  private isEnded = false
  private wake: () => void = () => undefined

  push(value: Value): void {
    this.waiting.push(value)
    this.wake()
  }

  end(): void {
    this.isEnded = true
    this.wake()
  }

  async *values(leave: () => void): AsyncIterable<Value> {
    try {
      for (;;) {
        const value = this.waiting.shift()
        if (value !== undefined) yield value
        else if (this.isEnded) return
        else await new Promise<void>((resolve) => (this.wake = resolve))
      }
    } finally {
      leave()
    }
  }
}
