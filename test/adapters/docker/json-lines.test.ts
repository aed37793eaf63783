import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { jsonLines } from '../../../src/adapters/docker/json-lines.ts'

async function read(chunks: Buffer[]): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const value of jsonLines(Readable.from(chunks))) values.push(value)
  return values
}

describe('jsonLines', () => {
  it('reads values whatever the chunks are, the last one without a line break too', async () => {
    const bytes = Buffer.from('{"a":"grün"}\r\n\n{"b":[1]}\n{"c":null}')
    const expected = [{ a: 'grün' }, { b: [1] }, { c: null }]
    expect(await read([bytes])).toEqual(expected)
    expect(await read([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected)
  })

  it('reads one long value that comes in very many parts', async () => {
    const parts = Array.from({ length: 20_000 }, () => Buffer.alloc(1000, 'a'))
    const [value] = await read([Buffer.from('"'), ...parts, Buffer.from('"')])
    expect(String(value).length).toBe(20_000_000)
  })

  it('ends with an error at a line that is no JSON', async () => {
    await expect(read([Buffer.from('{"a":1}\nnonsense\n')])).rejects.toThrow(SyntaxError)
  })
})
