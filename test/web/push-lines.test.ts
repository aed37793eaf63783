import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columns, pushLines, wrap } from '../../src/web/push-lines.ts'

describe('a line of a push', () => {
  test('keeps its mark, and output is indented by 7', () => {
    expect(pushLines('-----> Building')).toEqual(['-----> Building'])
    expect(pushLines('=====> Live: http://x')).toEqual(['=====> Live: http://x'])
    expect(pushLines(' !     Superseded by #43')).toEqual([' !     Superseded by #43'])
    expect(pushLines('npm install')).toEqual(['       npm install'])
    expect(pushLines('       took 2.0 s')).toEqual(['       took 2.0 s'])
    expect(pushLines('')).toEqual([''])
  })

  test('is wrapped at a space, errors with their mark again', () => {
    const words = 'word '.repeat(20).trim()
    expect(pushLines(`-----> ${words}`)).toEqual([
      `-----> ${'word '.repeat(13).trim()}`,
      `       ${'word '.repeat(7).trim()}`,
    ])
    expect(pushLines(` !     ${words}`)[1]).toBe(` !     ${'word '.repeat(7).trim()}`)
  })

  test('is wrapped under itself behind a label', () => {
    const words = 'word '.repeat(15).trim()
    expect(pushLines(` !     Why:  ${words}`)).toEqual([
      ` !     Why:  ${'word '.repeat(12).trim()}`,
      ` !           ${'word '.repeat(3).trim()}`,
    ])
    expect(pushLines(' !     Do:   short')).toEqual([' !     Do:   short'])
    expect(pushLines(` !           ${words}`)[1]).toBe(` !           ${'word '.repeat(3).trim()}`)
    const long = 'x'.repeat(100)
    expect(pushLines(` !     Why:  ${long}`)).toEqual([
      ` !     Why:  ${'x'.repeat(59)}`,
      ` !           ${'x'.repeat(41)}`,
    ])
  })

  test('is cut in a word that fits nowhere, but never in an address', () => {
    expect(pushLines('x'.repeat(100))).toEqual([`       ${'x'.repeat(65)}`, `       ${'x'.repeat(35)}`])
    const address = `https://${'a'.repeat(80)}.example.com/path`
    expect(pushLines(`=====> Live in 58 s: ${address}`)).toEqual(['=====> Live in 58 s:', `       ${address}`])
    expect(pushLines(`see ${address} for more`)).toEqual(['       see', `       ${address}`, '       for more'])
  })

  test('counts wide characters as two columns', () => {
    expect(pushLines('日'.repeat(40))).toEqual([`       ${'日'.repeat(32)}`, `       ${'日'.repeat(8)}`])
  })

  test('is what a program wrote last over its own line, without what steers a terminal', () => {
    expect(pushLines('10%\r50%\r\u001b[32m100% done\u001b[0m')).toEqual(['       100% done'])
    expect(pushLines('-----> \u001b]0;owned\u0007Hi\u202e')).toEqual(['-----> Hi'])
  })
})

test('whatever the text, every line fits, no character of it is lost and none steers a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      fc.pre(!/https?:\/\//.test(text))
      const lines = pushLines(text)
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(2 * columns)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
      }
    }),
  )
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{0,300}$/), fc.integer({ min: 5, max: 40 }), (text, width) => {
      const lines = wrap(text, width)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }),
  )
})
