import { unreadableArchive } from './errors.ts'

/** Layout of a tar archive (POSIX ustar and pax, and the long names of GNU): 512-byte blocks. */
export const blockBytes = 512

export interface TarHeader {
  path: string
  /** `0` file, `1` hard link, `2` symbolic link, `5` folder; `x` `g` pax, `L` `K` GNU long name and long link. */
  type: string
  /** Bytes that follow the header, before they are filled up to whole blocks. */
  bytes: number
}

/** Undefined for a block of zeros, which ends the archive. */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  if (readNumber(block, 148, 8) !== checksum(block)) throw unreadableArchive('a header has a wrong checksum')
  const type = block.toString('latin1', 156, 157)
  const isUstar = block.toString('latin1', 257, 262) === 'ustar'
  const prefix = isUstar ? readText(block, 345, 155) : ''
  const name = readText(block, 0, 100)
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: type === '\0' ? '0' : type,
    bytes: readNumber(block, 124, 12),
  }
}

/** Records `<length> <key>=<value>\n`; the length counts the whole record in bytes. */
export function readPax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at)
    const length = space === -1 ? Number.NaN : Number(bytes.toString('latin1', at, space))
    const equals = bytes.indexOf(61, space)
    const end = at + length
    if (!Number.isSafeInteger(length) || equals === -1 || equals >= end || end > bytes.length) {
      throw unreadableArchive('an extended header is broken')
    }
    records.set(bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, end - 1))
    at = end
  }
  return records
}

/** One whole file: header, bytes, filling. The path is at most 100 bytes. */
export function fileEntry(path: string, content: string): Buffer {
  const bytes = Buffer.from(content, 'utf8')
  const header = Buffer.alloc(blockBytes)
  if (Buffer.byteLength(path) > 100) throw new Error(`the path of a generated file is too long: ${path}`)
  header.write(path, 0)
  writeNumber(header, 0o644, 100, 8)
  writeNumber(header, 0, 108, 8)
  writeNumber(header, 0, 116, 8)
  writeNumber(header, bytes.length, 124, 12)
  writeNumber(header, 0, 136, 12)
  header.write('0', 156)
  header.write('ustar\x0000', 257, 'latin1')
  writeNumber(header, checksum(header), 148, 7)
  header.write(' ', 155)
  return Buffer.concat([header, bytes, Buffer.alloc(filling(bytes.length))])
}

export function filling(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes
}

/** Sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 0
  for (let at = 0; at < blockBytes; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0)
  return sum
}

/** Octal digits, or, with the first bit set, a big-endian number (GNU, for sizes from 8 GB). */
function readNumber(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    const value = Number(BigInt(`0x${block.toString('hex', at, at + length)}`) & ((1n << BigInt(length * 8 - 1)) - 1n))
    if (!Number.isSafeInteger(value)) throw unreadableArchive('a size is out of bounds')
    return value
  }
  const digits = readText(block, at, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw unreadableArchive('a number in a header is broken')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function readText(block: Buffer, at: number, length: number): string {
  const end = block.subarray(at, at + length).indexOf(0)
  return block.toString('utf8', at, end === -1 ? at + length : at + end)
}

/** Octal digits with leading zeros and one zero byte at the end. */
function writeNumber(block: Buffer, value: number, at: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}
