import { describe, expect, it } from 'vitest'
import { decodeTrace } from '../../../src/adapters/docker/build-trace.ts'
import { bytesField, log, numberField, trace, vertex } from '../../support/build-trace.ts'

describe('decodeTrace', () => {
  it('reads steps with their times, flags and errors', () => {
    const { vertexes } = decodeTrace(
      trace([
        vertex({ digest: 'sha256:a', name: '[1/2] FROM base', cached: true }),
        vertex({ digest: 'sha256:b', name: 'größe', startedAt: 1_795_256_929_494, completedAt: 1_795_256_930_000 }),
        vertex({ digest: 'sha256:c', name: 'RUN', error: 'exit code: 1' }),
      ]),
    )
    const none = { cached: false, startedAt: undefined, completedAt: undefined, error: '' }
    expect(vertexes).toEqual([
      { ...none, digest: 'sha256:a', name: '[1/2] FROM base', cached: true },
      { ...none, digest: 'sha256:b', name: 'größe', startedAt: 1_795_256_929_494, completedAt: 1_795_256_930_000 },
      { ...none, digest: 'sha256:c', name: 'RUN', error: 'exit code: 1' },
    ])
  })

  it('reads output as bytes and progress as numbers', () => {
    const status = bytesField(
      2,
      Buffer.concat([
        bytesField(1, 'sha256:layer'),
        bytesField(2, 'sha256:a'),
        numberField(4, 5_000_000_000),
        numberField(5, 7_000_000_000),
      ]),
    )
    const message = Buffer.from([0xff, 0x00, 0x0a])
    const decoded = decodeTrace(Buffer.concat([status, trace([log('sha256:a', message, 2)])]))
    expect(decoded.statuses).toEqual([
      { id: 'sha256:layer', vertex: 'sha256:a', current: 5_000_000_000, total: 7_000_000_000 },
    ])
    expect(decoded.logs).toEqual([{ vertex: 'sha256:a', stream: 2, text: message }])
  })

  it('skips fields it does not know, of every kind', () => {
    const unknown = Buffer.concat([
      bytesField(9, 'later'),
      numberField(10, 300),
      Buffer.from([(11 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from([(12 << 3) | 5, 1, 2, 3, 4]),
    ])
    const decoded = decodeTrace(Buffer.concat([unknown, trace([vertex({ digest: 'sha256:a', name: 'RUN' })])]))
    expect(decoded.vertexes.map((each) => each.name)).toEqual(['RUN'])
    expect(decodeTrace(new Uint8Array())).toEqual({ vertexes: [], statuses: [], logs: [] })
  })

  it('refuses bytes that are no such message', () => {
    const whole = trace([vertex({ digest: 'sha256:a', name: 'RUN' })])
    expect(() => decodeTrace(whole.subarray(0, whole.length - 1))).toThrow(RangeError)
    expect(() => decodeTrace(Buffer.from([0x80]))).toThrow(RangeError)
    expect(() => decodeTrace(Buffer.alloc(20, 0xff))).toThrow(RangeError)
    expect(() => decodeTrace(Buffer.from([(1 << 3) | 3]))).toThrow(RangeError)
  })
})
