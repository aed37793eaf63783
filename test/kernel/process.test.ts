import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { run, start } from '../../src/kernel/process.ts'

describe('a process', () => {
  test('gets its arguments as they are, no shell between', async () => {
    const { stdout, exitCode } = await run('printf', ['%s|', '$HOME', '; ls', '`id`'])
    expect(stdout.toString()).toBe('$HOME|; ls|`id`|')
    expect(exitCode).toBe(0)
  })

  test('inherits nothing but the search path', async () => {
    const { stdout } = await run('env', [], { environment: { ONLY: 'this' } })
    expect(stdout.toString().split('\n').filter(Boolean).sort()).toEqual([
      expect.stringMatching(/^ONLY=this$/),
      expect.stringMatching(/^PATH=/),
    ])
  })

  test('keeps what it printed for a reader who comes after its end', async () => {
    const child = start('printf', ['%s', 'x'.repeat(30_000)])
    child.stdin.end()
    await new Promise((resolve) => setTimeout(resolve, 100))
    let bytes = 0
    for await (const piece of child.stdout) bytes += (piece as Buffer).length
    expect(bytes).toBe(30_000)
  })

  test('outlives whatever breaks while it is being fed: who feeds it hears of it, nobody else', async () => {
    const child = start('cat', [])
    const broken = Readable.from(
      (async function* () {
        yield 'begun'
        throw Object.assign(new Error('incorrect header check'), { code: 'Z_DATA_ERROR' })
      })(),
    )
    await expect(pipeline(broken, child.stdin)).rejects.toThrow('incorrect header check')
    expect((await child.ended).exitCode).toBe(0)
  })

  test('dies with its children when it takes too long', async () => {
    await expect(run('sleep', ['60'], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'process.timeout' })
  })

  test('is stopped when it prints too much', async () => {
    await expect(run('yes', [], { maxBytes: 1000 })).rejects.toMatchObject({ code: 'process.too_much_output' })
  })

  test('that does not exist is an error, not a crash', async () => {
    await expect(run('no-such-program', [])).rejects.toMatchObject({ code: 'process.cannot_start' })
  })
})
