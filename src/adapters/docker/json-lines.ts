import type { Readable } from 'node:stream'

/** JSON values of a stream that carries one per line, in whatever chunks they arrive. A broken line ends it. */
export async function* jsonLines(body: Readable): AsyncIterable<unknown> {
  for await (const line of textLines(body)) {
    if (line.trim() !== '') yield JSON.parse(line)
  }
}

async function* textLines(body: Readable): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of body) {
    // Only what is new is searched: one line may come in hundreds of parts.
    const [first = '', ...others] = decoder.decode(part as Uint8Array, { stream: true }).split('\n')
    const last = others.pop()
    if (last === undefined) rest += first
    else {
      yield rest + first
      yield* others
      rest = last
    }
  }
  yield rest + decoder.decode()
}

/** A property of an unknown value; undefined where there is none. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

export function textProperty(value: unknown, name: string): string {
  const found = property(value, name)
  return typeof found === 'string' ? found : ''
}
