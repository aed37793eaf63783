import { deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  content: Buffer
  stored?: boolean
  /** What the list of files says about the size, when it lies. */
  saidBytes?: number
}

/** A zip archive as pip's tools write them. */
export function zipOf(entries: readonly ZipEntry[], comment = ''): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const packed = entry.stored ? entry.content : deflateRawSync(entry.content)
    const name = Buffer.from(entry.name)
    const extra = Buffer.from([0x55, 0x54, 1, 0, 0])
    const shared = Buffer.alloc(22)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(entry.stored ? 0 : 8, 4)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(entry.saidBytes ?? entry.content.length, 18)
    const local = Buffer.concat([
      signature(0x04034b50),
      shared,
      twoNumbers(name.length, extra.length),
      name,
      extra,
      packed,
    ])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const versionMadeBy = Buffer.from([20, 3])
    directory.push(
      Buffer.concat([signature(0x02014b50), versionMadeBy, shared, twoNumbers(name.length, 0), place, name]),
    )
    parts.push(local)
    offset += local.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(list.length, 8)
  end.writeUInt32LE(offset, 12)
  end.writeUInt16LE(comment.length, 16)
  return Buffer.concat([...parts, list, signature(0x06054b50), end, Buffer.from(comment)])
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function twoNumbers(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(first, 0)
  bytes.writeUInt16LE(second, 2)
  return bytes
}
