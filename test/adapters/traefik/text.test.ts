import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Text, withoutEmptyMaps, write, writeString } from '../../../src/adapters/traefik/text.ts'

describe('text that Traefik reads', () => {
  it('reads back as JSON to what was written, with lone surrogates replaced', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(JSON.parse(writeString(value))).toBe(value.toWellFormed())
      }),
    )
  })

  it('never holds what Go templates or YAML would take for their own inside a string', () => {
    const hostile = ['{{ env `PATH` }}', '{', '\u007f', '\u0085', '\u009f', '\ufffe', '\uffff', '\ud800', 'a"b\\c\n😀']
    const unit = fc.constantFrom(...hostile, 'a', '}', '$', '`')
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = writeString(units.join(''))
        expect(text.isWellFormed()).toBe(true)
        expect(text).not.toMatch(/[{\u007f-\u009f\ufffe\uffff]/)
      }),
    )
  })

  it('escapes exactly what has to be, and leaves characters beyond U+FFFF raw', () => {
    expect(writeString('{{ env `X` }}')).toBe('"\\u007b\\u007b env `X` }}"')
    expect(writeString('\u007f\u0085\ufffe\uffff')).toBe('"\\u007f\\u0085\\ufffe\\uffff"')
    expect(writeString('😀 \u2028 $1} </a>')).toBe('"😀 \u2028 $1} </a>"')
    expect(writeString('\ud83d')).toBe('"\ufffd"')
  })

  it('writes a string of several megabytes', () => {
    const long = '{x'.repeat(2_000_000)
    expect(JSON.parse(writeString(long))).toBe(long)
  })

  it('leaves out empty maps at every depth, and keeps empty lists', () => {
    const value: Text = { a: {}, b: { c: { d: {} }, e: undefined }, f: [], g: [{ h: {}, i: 1 }], j: false, k: '' }
    expect(withoutEmptyMaps(value)).toEqual({ f: [], g: [{ i: 1 }], j: false, k: '' })
    expect(withoutEmptyMaps({ a: { b: {} } })).toBeUndefined()
  })

  it('writes keys by the same rule as values', () => {
    expect(write({ '{{a}}': ['b', 2, true] })).toBe('{"\\u007b\\u007ba}}":["b",2,true]}')
  })
})
