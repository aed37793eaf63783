import { sourceTooLarge, unreadableArchive } from './errors.ts'
import { blockBytes, fileEntry, filling, readHeader, readPax, type TarHeader } from './tar.ts'

export interface TarRules {
  /** Whether a path stays out: of a file, a link or a folder, without a slash at its end. */
  ignore(path: string): boolean
  /** Added at the end, path → text. They replace what the archive has at their paths. */
  extraFiles: ReadonlyMap<string, string>
  bytesMax: number
  entriesMax: number
}

/** Long names and pax records are read whole; git's are a few hundred bytes. */
const metaBytesMax = 64 * 1024

/**
 * The archive without what is ignored and with what is added. Bytes of files that stay pass through as they are, in
 * the pieces they come in. Throws `source.too_large` at the limits and `source.unreadable_archive` for anything that
 * a commit cannot hold, so that no path outside the context and no device ever leaves here.
 */
export async function* filterTar(source: AsyncIterable<Buffer>, rules: TarRules): AsyncGenerator<Buffer> {
  const input = createByteReader(source)
  let bytes = 0
  let entries = 0
  for (;;) {
    const entry = await nextEntry(input)
    if (!entry) break
    const isKept = keeps(rules, entry)
    if (isKept) {
      bytes += entry.bytes
      entries += 1
      if (bytes > rules.bytesMax)
        throw sourceTooLarge(`The commit has more than ${inMegabytes(rules.bytesMax)} of files`)
      if (entries > rules.entriesMax) throw sourceTooLarge(`The commit has more than ${rules.entriesMax} files`)
      yield* entry.headers
    }
    for await (const piece of input.pass(entry.bytes + filling(entry.bytes))) if (isKept) yield piece
  }
  await input.drain()
  for (const [path, text] of rules.extraFiles) yield fileEntry(path, text)
  yield Buffer.alloc(2 * blockBytes)
}

interface Entry {
  path: string
  type: string
  bytes: number
  /** The header's block with those that extend it, as they came. */
  headers: Buffer[]
}

async function nextEntry(input: ByteReader): Promise<Entry | undefined> {
  const headers: Buffer[] = []
  let extended: { path?: string; bytes?: number } = {}
  for (;;) {
    const block = await input.take(blockBytes)
    const header = readHeader(block)
    if (!header) return undefined
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      const body = await takeMeta(input, header)
      if (header.type !== 'g') headers.push(block, body)
      extended = { ...extended, ...extensionOf(header, body) }
      continue
    }
    const path = (extended.path ?? header.path).replace(/\/+$/, '')
    check(path, header.type)
    headers.push(block)
    return { path, type: header.type, bytes: extended.bytes ?? header.bytes, headers }
  }
}

async function takeMeta(input: ByteReader, header: TarHeader): Promise<Buffer> {
  if (header.bytes > metaBytesMax) throw unreadableArchive('an extended header is too long')
  return input.take(header.bytes + filling(header.bytes))
}

function extensionOf(header: TarHeader, padded: Buffer): { path?: string; bytes?: number } {
  const body = padded.subarray(0, header.bytes)
  if (header.type === 'L') return { path: body.toString('utf8').replace(/\0+$/, '') }
  if (header.type !== 'x') return {}
  const records = readPax(body)
  const path = records.get('path')
  const size = records.get('size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw unreadableArchive('a size is out of bounds')
  return { ...(path !== undefined && { path }), ...(size !== undefined && { bytes: Number(size) }) }
}

function check(path: string, type: string): void {
  if (type !== '0' && type !== '2' && type !== '5') throw unreadableArchive('it holds something else than files')
  const isInside = path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0')
  if (!isInside) throw unreadableArchive('a path leaves the repository')
}

/** An added file takes its path, what lies under it, and what is no folder on the way to it. */
function keeps(rules: TarRules, { path, type }: Entry): boolean {
  if (rules.ignore(path)) return false
  for (const extra of rules.extraFiles.keys()) {
    if (path === extra || path.startsWith(`${extra}/`)) return false
    if (type !== '5' && extra.startsWith(`${path}/`)) return false
  }
  return true
}

interface ByteReader {
  /** Exactly so many bytes. */
  take(length: number): Promise<Buffer>
  /** The next bytes in the pieces they come in. */
  pass(length: number): AsyncGenerator<Buffer>
  /** Reads to the end, so that whoever writes is not left hanging. */
  drain(): Promise<void>
}

function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const pieces = source[Symbol.asyncIterator]()
  let pending: Buffer = Buffer.alloc(0)

  async function more(): Promise<Buffer> {
    const next = await pieces.next()
    if (next.done) throw unreadableArchive('it ends too early')
    return next.value
  }

  async function* pass(length: number): AsyncGenerator<Buffer> {
    let left = length
    while (left > 0) {
      if (pending.length === 0) pending = await more()
      const piece = pending.subarray(0, left)
      pending = pending.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }

  return {
    pass,
    async take(length) {
      const parts: Buffer[] = []
      for await (const piece of pass(length)) parts.push(piece)
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    },
    async drain() {
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) pending = Buffer.alloc(0)
    },
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MB`
}
