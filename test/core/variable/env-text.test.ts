import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatEnvText, parseEnvText } from '../../../src/core/variable/env-text.ts'

function read(text: string): Record<string, string> {
  const checked = parseEnvText(text)
  if (!checked.ok) throw new Error(checked.problems.map(({ message }) => message).join('\n'))
  return Object.fromEntries(checked.value.variables.map(({ name, value }) => [name, value]))
}

test.each([
  ['a plain value', 'A=b', 'b'],
  ['an empty value', 'A=', ''],
  ['blanks around', '  A =  b c  ', 'b c'],
  ['export', 'export  A=b', 'b'],
  ['a name called export', 'export=b\nA=c', 'c'],
  ['a comment after a blank', 'A=b # c', 'b'],
  ['a comment in place of a value', 'A= # c', ''],
  ['a # inside a word', 'A=#fff', '#fff'],
  ['an equals sign inside', 'A=b=c==', 'b=c=='],
  ['single quotes, taken as they are', 'A=\'b\\n # "c" $D\'', 'b\\n # "c" $D'],
  ['double quotes with escapes', 'A="a\\nb\\t\\"c\\" \\\\ \\$D"', 'a\nb\t"c" \\ $D'],
  ['an unknown escape, left alone', 'A="\\d+\\."', '\\d+\\.'],
  ['a comment after the closing quote', 'A="b" # c', 'b'],
  ['blanks kept in quotes', 'A="  b  "', '  b  '],
  ['backticks', 'A=`it\'s "b"`', 'it\'s "b"'],
  ['lines inside quotes', "A='-----BEGIN\nabc=\n\n-----END\n'", '-----BEGIN\nabc=\n\n-----END\n'],
  ['CRLF between and inside', 'X=1\r\nA="b\r\nc"\r\n', 'b\nc'],
  ['a byte order mark', '\uFEFFA=b', 'b'],
  ['nothing substituted', 'A=$HOME-$1', '$HOME-$1'],
  ['a quote inside a word', "A=it's", "it's"],
])('%s is understood', (_, text, value) => {
  expect(read(text).A).toBe(value)
})

test('blank lines and comments hold nothing', () => {
  expect(read('\n# a\n   # b\n\n\t\n')).toEqual({})
})

test.each([
  ['a line without =', 'A=1\nnonsense', 2],
  ['a line with two words before =', 'A=1\nB C=1', 2],
  ['a missing name', 'A=1\n=2', 2],
  ['a name that begins with a number', '1A=1', 1],
  ['a name with a hyphen', '\n\nMY-NAME=1', 3],
  ['a name of ours', 'A=1\r\nHANDCAR_URL=x', 2],
  ['text after a closing quote', 'A="b" c', 1],
  ['a quote that never closes', 'A=1\nB="two\nthree', 2],
  ['a NUL character', 'A=1\nB=\0', 2],
  ['a fault after lines inside quotes', 'A="1\n2\n3"\nB', 4],
  ['a name after export that is missing', 'export A', 1],
])('%s is refused with its number', (_, text, line) => {
  const checked = parseEnvText(text)
  expect(checked.ok ? [] : checked.problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(new RegExp(`^Line ${line}: `)),
  ])
})

test('every bad line is told, and the good ones do not hide them', () => {
  const checked = parseEnvText('one\nA=1\ntwo\nHANDCAR_X=1\nB=2')
  expect(checked.ok ? [] : checked.problems.map(({ message }) => message.slice(0, 7))).toEqual([
    'Line 1:',
    'Line 3:',
    'Line 4:',
  ])
})

test('of a name that stands there twice the last value counts and the name is told', () => {
  expect(parseEnvText('A=1\nB=2\nA=3')).toEqual({
    ok: true,
    value: {
      variables: [
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
      duplicates: ['A'],
    },
  })
})

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('"', "'", '`', '\\', '\n', '\r', '#', ' ', '\t', '$', '=', 'n', '{'),
    maxLength: 30,
  }),
)

test('text written out reads back byte by byte, whatever the values are', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).filter((text) => !text.startsWith('HANDCAR_'))
  const variables = fc.uniqueArray(fc.record({ name, value }), { selector: (one) => one.name, maxLength: 8 })
  fc.assert(
    fc.property(variables, (given) => {
      // NUL cannot be in a variable, and CRLF counts as LF on the way in; everything else must survive.
      const kept = given.map((one) => ({ ...one, value: one.value.replaceAll('\0', '') }))
      const checked = parseEnvText(formatEnvText(kept))
      expect(checked).toEqual({ ok: true, value: { variables: kept, duplicates: [] } })
    }),
    { numRuns: 1500 },
  )
})

test('no text makes the reader throw or hang', () => {
  const text = fc.string({
    unit: fc.constantFrom('A', '=', '"', "'", '\\', '\n', '\r', '#', ' ', 'export ', '\0'),
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, (any) => typeof parseEnvText(any).ok === 'boolean'),
    { numRuns: 2000 },
  )
})

test.each([
  ['blanks in a value', (blanks: string) => `A=x${blanks}y`],
  ['blanks before a comment', (blanks: string) => `A=x${blanks}#`],
  ['blanks after export', (blanks: string) => `export${blanks}A`],
  ['blanks after a name', (blanks: string) => `A${blanks}B`],
  ['blanks after a quote', (blanks: string) => `A="x"${blanks}y`],
])('a line of endless %s is read in one go', (_, write) => {
  expect(typeof parseEnvText(write(' '.repeat(500_000))).ok).toBe('boolean')
})

test('more than a program can be given is refused with its sum', () => {
  const text = (count: number) =>
    Array.from({ length: count }, (_, index) => `A${index}=${'x'.repeat(99 * 1024)}\n`).join('')
  expect(parseEnvText(text(10)).ok).toBe(true)
  const checked = parseEnvText(text(11))
  expect(checked.ok ? [] : checked.problems).toEqual([
    { field: 'env_text', message: expect.stringMatching(/together can take 1024 KB; these take 1090 KB: put large/) },
  ])
})

test('of text that is wrong in every line the first are told, and how many more', () => {
  const checked = parseEnvText('nonsense\n'.repeat(100_000))
  const told = checked.ok ? [] : checked.problems.map(({ message }) => message)
  expect([told.length, told[49]?.slice(0, 8), told[50]]).toEqual([
    51,
    'Line 50:',
    expect.stringMatching(/^99950 more things are wrong/),
  ])
})

test('a megabyte in one quoted value is refused for its length, not by a crash', () => {
  const checked = parseEnvText(`A="${'x'.repeat(1024 * 1024)}"`)
  expect(checked.ok ? '' : checked.problems[0]?.message).toContain('100 KB')
})
