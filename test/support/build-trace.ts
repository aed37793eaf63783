/** Crafts messages of BuildKit's progress, as the daemon would send them. */

export interface CraftedVertex {
  digest: string
  name: string
  cached?: boolean
  startedAt?: number
  completedAt?: number
  error?: string
}

export function vertex(parts: CraftedVertex): Buffer {
  return bytesField(
    1,
    Buffer.concat([
      bytesField(1, parts.digest),
      bytesField(2, 'sha256:input'),
      bytesField(3, parts.name),
      ...(parts.cached ? [numberField(4, 1)] : []),
      ...(parts.startedAt === undefined ? [] : [bytesField(5, time(parts.startedAt))]),
      ...(parts.completedAt === undefined ? [] : [bytesField(6, time(parts.completedAt))]),
      ...(parts.error === undefined ? [] : [bytesField(7, parts.error)]),
    ]),
  )
}

export function log(digest: string, message: string | Uint8Array, stream = 1): Buffer {
  const parts = [bytesField(1, digest), bytesField(2, time(0)), numberField(3, stream), bytesField(4, message)]
  return bytesField(3, Buffer.concat(parts))
}

export function trace(parts: Buffer[]): Buffer {
  return Buffer.concat(parts)
}

export function bytesField(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

function time(milliseconds: number): Buffer {
  const seconds = Math.floor(milliseconds / 1000)
  return Buffer.concat([numberField(1, seconds), numberField(2, (milliseconds - seconds * 1000) * 1_000_000)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}
