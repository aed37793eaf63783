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
    const text = Buffer.from(`x${'ä'.repeat(20_000)}`)
    const pieces = [text.subarray(0, 16_384), text.subarray(16_384, 32_768), text.subarray(32_768)]
    const [first, ...rest] = pieces.map((piece) => frame(1, Buffer.concat([Buffer.from(`${stamp} `), piece])))
    const next = frame(1, `${stamp.replace('789Z', '790Z')} next\n`)
    const lines = await read([first ?? Buffer.alloc(0), frame(2, `${stamp} between\n`), ...rest, next])
    expect(lines.map((line) => line.text)).toEqual(['between', text.toString(), 'next'])
  })

  it('knows a line of exactly full messages from the next line by its stamp', async () => {
    const full = 'x'.repeat(16_384)
    const later = stamp.replace('789Z', '790Z')
    const lines = await read([frame(1, `${stamp} ${full}`), frame(1, `${stamp} ${full}`), frame(1, `${later} next\n`)])
    expect(lines.map((line) => line.text.length)).toEqual([32_768, 4])
  })

  it('hands out a line that never ends in pieces', async () => {
    const part = 'x'.repeat(16 * 1024)
    const lines = await read(Array.from({ length: 10 }, () => frame(1, `${stamp} ${part}`)))
    expect(lines.map((line) => line.text.length)).toEqual([65_536, 65_536, 32_768])
  })
})
