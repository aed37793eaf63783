import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { HandcarError } from '../../kernel/errors.ts'

interface Entry {
  method: number
  packedBytes: number
  bytes: number
  /** Of its local header. */
  offset: number
}

const maxDirectoryBytes = 4 * 1024 * 1024

/**
 * Takes one file out of a zip archive and writes it to `target`, which must not exist.
 * Streams, so size costs no memory.
 * Knows what wheels are made of: stored and deflated entries, no encryption, under 4 GB.
 * Throws `unavailable` when the archive is broken, lacks the file, or the file is larger than `maxBytes`.
 */
export async function extractFile(archive: string, name: string, target: string, maxBytes: number): Promise<void> {
  const file = await open(archive, 'r')
  try {
    const entry = await findEntry(file, name)
    if (entry.bytes > maxBytes) throw broken(`${name} is larger than ${maxBytes} bytes`)
    const start = await contentOffset(file, entry)
    const packed = createReadStream(archive, { start, end: start + Math.max(entry.packedBytes, 1) - 1 })
    const inflate = entry.method === 8 ? [createInflateRaw()] : []
    const steps = [packed, ...inflate, exactly(entry.bytes, name), createWriteStream(target, { flags: 'wx' })] as const
    await pipeline(steps)
  } finally {
    await file.close()
  }
}

async function findEntry(file: FileHandle, name: string): Promise<Entry> {
  const directory = await readDirectory(file)
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameBytes = directory.readUInt16LE(at + 28)
    const rest = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    if (directory.toString('utf8', at + 46, at + 46 + nameBytes) === name) return readEntry(directory, at, name)
    at += 46 + nameBytes + rest
  }
  throw broken(`it holds no ${name}`)
}

function readEntry(directory: Buffer, at: number, name: string): Entry {
  const isEncrypted = (directory.readUInt16LE(at + 8) & 1) === 1
  const method = directory.readUInt16LE(at + 10)
  if (isEncrypted || (method !== 0 && method !== 8)) throw broken(`${name} is packed in a way that is not known here`)
  return {
    method,
    packedBytes: directory.readUInt32LE(at + 20),
    bytes: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
  }
}

/** The list of entries; its place is written at the end, before a comment of at most 65,535 bytes. */
async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || end + 22 > tail.length) throw broken('it is no zip archive')
  const bytes = tail.readUInt32LE(end + 12)
  const offset = tail.readUInt32LE(end + 16)
  if (bytes > maxDirectoryBytes || offset + bytes > size) throw broken('its list of files is broken')
  return readAt(file, offset, bytes)
}

/** The local header repeats the name, with a length of its own for what follows. */
async function contentOffset(file: FileHandle, entry: Entry): Promise<number> {
  const header = await readAt(file, entry.offset, 30)
  if (header.readUInt32LE(0) !== 0x04034b50) throw broken('its list of files points nowhere')
  return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw broken('it ends too early')
  return buffer
}

/** Lets through this many bytes, no more and no fewer. */
function exactly(bytes: number, name: string): Transform {
  let seen = 0
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      seen += part.length
      if (seen > bytes) done(broken(`${name} is larger than the archive says`))
      else done(null, part)
    },
    flush(done) {
      done(seen === bytes ? null : broken(`${name} is shorter than the archive says`))
    },
  })
}

function broken(why: string): HandcarError {
  return new HandcarError({ code: 'traefik.bad_archive', kind: 'unavailable', message: `The archive is unfit: ${why}` })
}
