import { expect, test } from 'vitest'
import { inPieces } from '../../src/web/stream.ts'

async function* numbers(count: number, pauseEvery = Number.POSITIVE_INFINITY): AsyncGenerator<number> {
  for (let number = 1; number <= count; number += 1) {
    if (number % pauseEvery === 0) await new Promise((resolve) => setTimeout(resolve, 40))
    yield number
  }
}

async function collect<Item>(pieces: AsyncIterable<Item[]>): Promise<Item[][]> {
  const all: Item[][] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

test('what comes at once is one piece, up to its size', async () => {
  const pieces = await collect(inPieces(numbers(25), 10, 500))
  expect(pieces.flat()).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
  expect(pieces.map((piece) => piece.length)).toEqual([10, 10, 5])
})

test('a piece does not wait for what is late', async () => {
  const pieces = await collect(inPieces(numbers(4, 3), 10, 5))
  expect(pieces).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('nothing gives no piece', async () => {
  expect(await collect(inPieces(numbers(0), 10, 5))).toEqual([])
})

test('a source that fails fails its reader, with what came before told', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1
    await new Promise((resolve) => setTimeout(resolve, 20))
    throw new Error('the file is gone')
  }
  const told: number[][] = []
  await expect(
    (async () => {
      for await (const piece of inPieces(failing(), 10, 5)) told.push(piece)
    })(),
  ).rejects.toThrow('the file is gone')
  expect(told).toEqual([[1]])
})

test('a reader that leaves ends the source, and a failure meanwhile is nobody’s', async () => {
  let isEnded = false
  async function* source(): AsyncGenerator<number> {
    try {
      yield 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new Error('the file is gone')
    } finally {
      isEnded = true
    }
  }
  for await (const piece of inPieces(source(), 10, 5)) {
    expect(piece).toEqual([1])
    await new Promise((resolve) => setTimeout(resolve, 60))
    break
  }
  expect(isEnded).toBe(true)
})
