import { describe, expect, it } from 'vitest'
import { limitOf } from '../../../src/adapters/docker/open-files.ts'

const limits = ['Limit  Soft Limit  Hard Limit  Units', 'Max open files  1024  20000  files'].join('\n')
const mayRaise = 'CapEff:\t000001ffffffffff'
const mayNotRaise = 'CapEff:\t000001fffeffffff'

describe('limitOf', () => {
  it('is what we want wherever the daemon may raise limits', () => {
    expect(limitOf(mayRaise, limits)).toBe(65_535)
    expect(limitOf('', limits)).toBe(65_535)
  })

  it('is what the daemon has itself where it may not', () => {
    expect(limitOf(mayNotRaise, limits)).toBe(20_000)
    expect(limitOf(mayNotRaise, limits.replaceAll('20000', '1048576'))).toBe(65_535)
    expect(limitOf(mayNotRaise, limits.replaceAll('20000', 'unlimited'))).toBe(65_535)
  })
})
