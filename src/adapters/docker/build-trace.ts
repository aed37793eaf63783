/**
 * Reads BuildKit's progress, the `moby.buildkit.trace` messages of a build: protobuf, of which only the fields below
 * are needed (api/services/control/control.proto of moby/buildkit). Unknown fields are skipped.
 */
export interface BuildTrace {
  vertexes: TraceVertex[]
  statuses: TraceStatus[]
  logs: TraceLog[]
}

/** One step of the build; it is told anew whenever something about it changes. */
export interface TraceVertex {
  digest: string
  name: string
  cached: boolean
  /** Milliseconds since the epoch. */
  startedAt: number | undefined
  completedAt: number | undefined
  error: string
}

/** Progress inside a step, e.g. of a layer being loaded. */
export interface TraceStatus {
  id: string
  vertex: string
  current: number
  total: number
}

export interface TraceLog {
  vertex: string
  /** 1 standard output, 2 standard error. */
  stream: number
  text: Uint8Array
}

/** Throws `RangeError` where the bytes are no such message. */
export function decodeTrace(bytes: Uint8Array): BuildTrace {
  const trace: BuildTrace = { vertexes: [], statuses: [], logs: [] }
  for (const field of fields(bytes)) {
    if (field.number === 1) trace.vertexes.push(vertexOf(field.bytes))
    if (field.number === 2) trace.statuses.push(statusOf(field.bytes))
    if (field.number === 3) trace.logs.push(logOf(field.bytes))
  }
  return trace
}

function vertexOf(bytes: Uint8Array): TraceVertex {
  const vertex: TraceVertex = {
    digest: '',
    name: '',
    cached: false,
    startedAt: undefined,
    completedAt: undefined,
    error: '',
  }
  for (const field of fields(bytes)) {
    if (field.number === 1) vertex.digest = text(field.bytes)
    if (field.number === 3) vertex.name = text(field.bytes)
    if (field.number === 4) vertex.cached = field.value !== 0
    if (field.number === 5) vertex.startedAt = timeOf(field.bytes)
    if (field.number === 6) vertex.completedAt = timeOf(field.bytes)
    if (field.number === 7) vertex.error = text(field.bytes)
  }
  return vertex
}

function statusOf(bytes: Uint8Array): TraceStatus {
  const status: TraceStatus = { id: '', vertex: '', current: 0, total: 0 }
  for (const field of fields(bytes)) {
    if (field.number === 1) status.id = text(field.bytes)
    if (field.number === 2) status.vertex = text(field.bytes)
    if (field.number === 4) status.current = field.value
    if (field.number === 5) status.total = field.value
  }
  return status
}

function logOf(bytes: Uint8Array): TraceLog {
  const log: TraceLog = { vertex: '', stream: 1, text: new Uint8Array() }
  for (const field of fields(bytes)) {
    if (field.number === 1) log.vertex = text(field.bytes)
    if (field.number === 3) log.stream = field.value
    if (field.number === 4) log.text = field.bytes
  }
  return log
}

function timeOf(bytes: Uint8Array): number {
  let milliseconds = 0
  for (const field of fields(bytes)) {
    if (field.number === 1) milliseconds += field.value * 1000
    if (field.number === 2) milliseconds += Math.floor(field.value / 1_000_000)
  }
  return milliseconds
}

/** A field carries a number (`value`) or bytes, never both; the other one is empty. */
interface Field {
  number: number
  value: number
  bytes: Uint8Array
}

const nothing = new Uint8Array()

function* fields(bytes: Uint8Array): Iterable<Field> {
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at]
      if (byte === undefined || scale > 2 ** 63) throw new RangeError('a number of the build trace is cut off')
      at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('a field of the build trace is cut off')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const kind = tag % 8
    if (kind === 0) yield { number, value: varint(), bytes: nothing }
    else if (kind === 2) yield { number, value: 0, bytes: take(varint()) }
    else if (kind === 1) take(8)
    else if (kind === 5) take(4)
    else throw new RangeError(`a field of the build trace has the unknown kind ${kind}`)
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
