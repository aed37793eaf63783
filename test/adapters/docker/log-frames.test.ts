import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { logLines } from '../../../src/adapters/docker/log-frames.ts'
import type { OutputLine } from '../../../src/ports/container-engine.ts'

const stamp = '2026-11-21T10:00:00.123456789Z'
const at = Date.parse('2026-11-21T10:00:00.123Z')

function frame(stream: number, message: string | Buffer): Buffer {
  const body = Buffer.from(message)
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

async function read(chunks: Iterable<Buffer>): Promise<OutputLine[]> {
  const lines: OutputLine[] = []
  for await (const line of logLines(Readable.from(chunks))) lines.push(line)
  return lines
}

describe('logLines', () => {
  const bytes = Buffer.concat([
    frame(1, `${stamp} hello\n`),
    frame(2, `${stamp} grüße\r\n`),
    frame(1, `${stamp} \n`),
    frame(1, `${stamp} no line break`),
  ])
  const expected = [
    { stream: 'stdout', at, text: 'hello' },
    { stream: 'stderr', at, text: 'grüße' },
    { stream: 'stdout', at, text: '' },
    { stream: 'stdout', at, text: 'no line break' },
  ]

  it('takes the streams apart, however the bytes are cut', async () => {
    expect(await read([bytes])).toEqual(expected)
    for (const size of [1, 3, 7, 11]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect(await read(chunks)).toEqual(expected)
    }
  })

  it('joins the messages of one long line, also inside a character', async () => {
    const text = Buffer.from('ä'.repeat(3))
    const stamped = (part: Buffer) => Buffer.concat([Buffer.from(`${stamp} `), part])
    const lines = await read([
      frame(1, stamped(text.subarray(0, 3))),
      frame(2, `${stamp} between\n`),
      frame(1, stamped(Buffer.concat([text.subarray(3), Buffer.from('\n')]))),
    ])
    expect(lines.map((line) => line.text)).toEqual(['between', 'äää'])
  })

  it('hands out a line that never ends in pieces', async () => {
    const part = 'x'.repeat(16 * 1024)
    const lines = await read(Array.from({ length: 10 }, () => frame(1, `${stamp} ${part}`)))
    expect(lines.map((line) => line.text.length)).toEqual([65_536, 65_536, 32_768])
  })
})
