import { expect, test } from 'vitest'
import { createThrottle } from '../../src/web/throttle.ts'
import { fakeClock } from '../support/fake-clock.ts'

const limit = { tries: 3, withinMs: 60_000 }

test('tries are counted within a time that slides', async () => {
  const clock = fakeClock()
  const throttle = createThrottle(clock, limit)
  throttle.take('a')
  await clock.advance(30_000)
  throttle.take('a')
  throttle.take('a')
  expect(() => throttle.take('a')).toThrow(expect.objectContaining({ kind: 'limit', retryAfterSeconds: 30 }))
  throttle.take('b')
  await clock.advance(30_000)
  throttle.take('a')
  expect(() => throttle.take('a')).toThrow('too many tries')
})

test('a try that is given back does not count', () => {
  const throttle = createThrottle(fakeClock(), limit)
  for (let time = 0; time < 10; time += 1) {
    throttle.take('a')
    throttle.giveBack('a')
  }
  for (let time = 0; time < 3; time += 1) throttle.take('a')
  expect(() => throttle.take('a')).toThrow('too many tries')
})

test('it keeps a bounded number of keys and forgets those that were quiet for longest', () => {
  const throttle = createThrottle(fakeClock(), { tries: 1, withinMs: 60_000 })
  throttle.take('first')
  for (let key = 0; key < 10_000; key += 1) throttle.take(String(key))
  expect(() => throttle.take('9999')).toThrow('too many tries')
  expect(() => throttle.take('first')).not.toThrow()
})
