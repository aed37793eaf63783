import { HandcarError } from '../../kernel/errors.ts'

/** git's framing: four hex digits that count themselves and the payload (gitprotocol-common). */
export type Packet = { kind: 'line'; payload: Buffer } | { kind: 'flush' }

/** The format's own limit. */
const lengthMax = 65_520
const payloadMax = lengthMax - 4

export const flushPacket = Buffer.from('0000')

export function packetLine(payload: string | Uint8Array): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload
  if (bytes.length > payloadMax) throw new Error(`a packet holds ${payloadMax} bytes, not ${bytes.length}`)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

/** Text on a side band; longer text becomes several packets. */
export function sideBand(band: 1 | 2 | 3, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const packets: Buffer[] = []
  for (let start = 0; start < bytes.length; start += payloadMax - 1) {
    packets.push(packetLine(Buffer.concat([Buffer.of(band), bytes.subarray(start, start + payloadMax - 1)])))
  }
  return Buffer.concat(packets)
}

export interface PacketReader {
  /** Takes the next bytes, cut anywhere, and gives the packets that are complete now. */
  read(bytes: Uint8Array): Packet[]
  /** What is left of a packet that is not complete. */
  rest(): Buffer
}

/** Throws `source.bad_packet` when the bytes are not packets. Delimiters of protocol 2 count as flushes. */
export function createPacketReader(): PacketReader {
  let pending: Buffer = Buffer.alloc(0)
  return {
    read(bytes) {
      pending = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes])
      const packets: Packet[] = []
      let at = 0
      while (pending.length - at >= 4) {
        const length = lengthAt(pending, at)
        if (length < 4) {
          packets.push({ kind: 'flush' })
          at += 4
          continue
        }
        if (pending.length - at < length) break
        packets.push({ kind: 'line', payload: Buffer.from(pending.subarray(at + 4, at + length)) })
        at += length
      }
      pending = pending.subarray(at)
      return packets
    },
    rest: () => pending,
  }
}

/** 0 to 3 for the packets without payload, else the whole length. */
function lengthAt(bytes: Buffer, at: number): number {
  const text = bytes.toString('latin1', at, at + 4)
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN
  if (Number.isNaN(length) || length === 3 || length > lengthMax) {
    throw new HandcarError({
      code: 'source.bad_packet',
      kind: 'invalid',
      message: 'git sent something else than packets',
    })
  }
  return length
}
