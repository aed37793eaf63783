import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createPacketReader,
  flushPacket,
  type Packet,
  packetLine,
  sideBand,
} from '../../../src/core/source/pkt-line.ts'

const anyPacket = fc.oneof(
  fc.constant<Packet>({ kind: 'flush' }),
  fc.uint8Array({ maxLength: 300 }).map((bytes): Packet => ({ kind: 'line', payload: Buffer.from(bytes) })),
)

function written(packets: readonly Packet[]): Buffer {
  return Buffer.concat(packets.map((packet) => (packet.kind === 'flush' ? flushPacket : packetLine(packet.payload))))
}

function cutInto(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...pieces, bytes.subarray(at)]
}

test('packets come out as they went in, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 20 }), fc.array(fc.nat(40), { maxLength: 40 }), (packets, sizes) => {
      const reader = createPacketReader()
      const read = cutInto(written(packets), sizes).flatMap((piece) => reader.read(piece))
      expect(read).toEqual(packets)
      expect(reader.rest()).toHaveLength(0)
    }),
  )
})

test('no bytes make the reader do anything but read or refuse', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), (pieces) => {
      const reader = createPacketReader()
      try {
        for (const piece of pieces) reader.read(piece)
      } catch (error) {
        expect(error).toMatchObject({ code: 'source.bad_packet' })
      }
    }),
  )
})

test.each(['0003', 'fff1', 'ffff', 'zzzz', '-001', '+01a', ' 01a', '0x1a'])('the length %s is refused', (length) => {
  expect(() => createPacketReader().read(Buffer.from(`${length}abcdefghij`))).toThrow('something else than packets')
})

test('a delimiter and the end of an answer count as flushes', () => {
  expect(createPacketReader().read(Buffer.from('00010002'))).toEqual([{ kind: 'flush' }, { kind: 'flush' }])
})

test('the largest packet of the format is written and one byte more is our own mistake', () => {
  expect(packetLine(Buffer.alloc(65_516)).toString('latin1', 0, 4)).toBe('fff0')
  expect(() => packetLine(Buffer.alloc(65_517))).toThrow('65516')
})

test('long text on a side band becomes several packets of that band', () => {
  const text = 'x'.repeat(70_000)
  const packets = createPacketReader().read(sideBand(2, text))
  const payloads = packets.map((packet) => (packet.kind === 'line' ? packet.payload : Buffer.alloc(0)))
  expect(payloads.map((payload) => payload[0])).toEqual([2, 2])
  expect(payloads.map((payload) => payload.toString('utf8', 1)).join('')).toBe(text)
})
