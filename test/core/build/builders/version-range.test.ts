import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  intersect,
  parseRange,
  tagWithin,
  version,
  wholeMajor,
} from '../../../../src/core/build/builders/version-range.ts'

const all = { from: 0, to: Number.POSITIVE_INFINITY }

describe('a version range', () => {
  it('that nobody wrote by hand is none', () => {
    expect(parseRange('20||'.repeat(100_000))).toBeUndefined()
  })

  it.each([
    ['20', [wholeMajor(20)]],
    ['v20', [wholeMajor(20)]],
    ['20.x', [wholeMajor(20)]],
    ['20.x.x', [wholeMajor(20)]],
    ['= 0.8.x', [{ from: version(0, 8), to: version(0, 9) }]],
    ['20.11', [{ from: version(20, 11), to: version(20, 12) }]],
    ['20.11.1', [{ from: version(20, 11, 1), to: version(20, 11, 2) }]],
    ['^20.1', [{ from: version(20, 1), to: version(21) }]],
    ['^0.2.3', [{ from: version(0, 2, 3), to: version(0, 3) }]],
    ['^0.0.3', [{ from: version(0, 0, 3), to: version(0, 0, 4) }]],
    ['~20.1', [{ from: version(20, 1), to: version(20, 2) }]],
    ['~> 3.2', [{ from: version(3, 2), to: version(3, 3) }]],
    ['~20', [wholeMajor(20)]],
    ['>=18', [{ from: version(18), to: Number.POSITIVE_INFINITY }]],
    ['>= 18 <21', [{ from: version(18), to: version(21) }]],
    ['>=3.10,<3.14', [{ from: version(3, 10), to: version(3, 14) }]],
    ['>18', [{ from: version(19), to: Number.POSITIVE_INFINITY }]],
    ['<=18', [{ from: 0, to: version(19) }]],
    ['18 - 20', [{ from: version(18), to: version(21) }]],
    ['^20 || >=22', [wholeMajor(20), { from: version(22), to: Number.POSITIVE_INFINITY }]],
    ['>=22.0.0-0', [{ from: version(22), to: Number.POSITIVE_INFINITY }]],
    ['*', [all]],
    ['', [all]],
    ['>21 <20', []],
    ['stable', undefined],
    ['20.1.0-rc.1', undefined],
    ['lts/*', undefined],
    ['20; rm -rf /', undefined],
    ['99999', undefined],
    ['>=', undefined],
  ])('%j is read', (text, expected) => {
    expect(parseRange(text)).toEqual(expected)
  })

  it.each([
    ['^20.1', 20, '20'],
    ['20.x', 20, '20'],
    ['~20.4.1', 20, '20.4'],
    ['>=20.1 <20.5', 20, '20.4'],
    ['20.11.1', 20, '20.11.1'],
    ['<=20.11.1', 20, '20.11.1'],
    ['>=18', 20, '20'],
    ['^18', 20, undefined],
  ])('%j within one major floats as %i → %s', (text, major, tag) => {
    expect(tagWithin(parseRange(text) ?? [], major)).toBe(tag)
  })

  it('keeps what both ranges allow', () => {
    expect(intersect([wholeMajor(18), wholeMajor(20)], [{ from: version(20, 5), to: version(99) }])).toEqual([
      { from: version(20, 5), to: version(21) },
    ])
  })

  it('never throws, and a tag is digits and dots', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.xX*^~<>=|- v'.split('')) }))
    fc.assert(
      fc.property(text, fc.nat(30), (range, major) => {
        const tag = tagWithin(parseRange(range) ?? [], major)
        if (tag !== undefined) expect(tag).toMatch(/^\d+(?:\.\d+){0,2}$/)
      }),
      { numRuns: 2000 },
    )
  })
})
