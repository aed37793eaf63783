import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { firstFileBytes } from '../../../src/adapters/docker/program-head.ts'

function entry(kind: string, content: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(kind, 156, 'latin1')
  header.write(content.length.toString(8).padStart(11, '0'), 124, 'latin1')
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)])
}

describe('firstFileBytes', () => {
  it('gives the beginning of the first file, past extended headers, however the bytes are cut', async () => {
    const bytes = Buffer.concat([entry('x', '30 mtime=1.5\n'), entry('0', `#!/bin/sh\n${'x'.repeat(2000)}`)])
    const whole = await firstFileBytes(Readable.from([bytes]))
    expect(Buffer.from(whole ?? []).toString()).toBe(`#!/bin/sh\n${'x'.repeat(246)}`)
    const single = await firstFileBytes(Readable.from([...bytes].map((byte) => Buffer.of(byte))))
    expect(single).toEqual(whole)
  })

  it('gives an empty file as such and nothing for what is no file', async () => {
    expect(await firstFileBytes(Readable.from([entry('0', '')]))).toEqual(new Uint8Array())
    expect(await firstFileBytes(Readable.from([entry('5', '')]))).toBeUndefined()
    expect(await firstFileBytes(Readable.from([Buffer.alloc(1024)]))).toBeUndefined()
    expect(await firstFileBytes(Readable.from([]))).toBeUndefined()
  })
})
