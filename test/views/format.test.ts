import { expect, test } from 'vitest'
import { ago, clock, duration, hostOf, initials, memory, plural } from '../../views/format.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

test.each([
  [-5, '0 s'],
  [400, '0.4 s'],
  [2_000, '2 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_999, '59 s'],
  [minute, '1 m 00 s'],
  [112 * second, '1 m 52 s'],
  [hour + 5 * minute, '1 h 5 m'],
])('%i ms took %s', (ms, text) => expect(duration(ms)).toBe(text))

test.each([
  [-1, '0:00'],
  [48 * second, '0:48'],
  [12 * minute + 5 * second, '12:05'],
  [hour + 2 * minute + 9 * second, '1:02:09'],
])('a clock after %i ms shows %s', (ms, text) => expect(clock(ms)).toBe(text))

test.each([
  [0, 'just now'],
  [48 * second, '48 s ago'],
  [59 * minute, '59 min ago'],
  [5 * hour, '5 h ago'],
  [30 * hour, 'yesterday'],
  [72 * hour, '3 days ago'],
  [40 * 24 * hour, '2026-10-12'],
])('%i ms is %s', (age, text) => {
  const now = Date.UTC(2026, 10, 21)
  expect(ago(now - age, now)).toBe(text)
})

test('names become two letters', () => {
  const names = ['Mara Kovač', 'ada@lantern.test', 'x', '', '🚂', 'Żółć Ęą']
  expect(names.map(initials)).toEqual(['MK', 'AD', 'X', '?', '?', 'ŻĘ'])
})

test('sizes, counts and hosts read as people write them', () => {
  expect([memory(512 * 1024 ** 2), memory(1.5 * 1024 ** 3)]).toEqual(['512 MB', '1.5 GB'])
  expect([plural(1, 'line'), plural(0, 'line')]).toEqual(['1 line', '0 lines'])
  expect(hostOf('https://web.test:8443/')).toBe('web.test:8443')
})
