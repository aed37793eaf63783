import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSeal, masterKey } from '../../src/kernel/seal.ts'

const seal = createSeal(new Uint8Array(32).fill(1))

describe('a sealed value', () => {
  test('opens byte for byte in its place', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => seal.open(seal.seal(text, 'a:1'), 'a:1') === text))
  })
  test('does not open in another row', () => {
    expect(() => seal.open(seal.seal('secret', 'a:1'), 'a:2')).toThrow(/does not open/)
  })
  test('does not open with another key', () => {
    const other = createSeal(new Uint8Array(32).fill(2))
    expect(() => other.open(seal.seal('secret', 'a:1'), 'a:1')).toThrow(/does not open/)
  })
  test('is different each time and never shows its text', () => {
    const [one, two] = [seal.seal('secret', 'a:1'), seal.seal('secret', 'a:1')]
    expect(one).not.toBe(two)
    expect(one).not.toContain('secret')
  })
  test('that was changed does not open', () => {
    const sealed = seal.seal('secret', 'a:1')
    const changed = sealed.slice(0, -2) + (sealed.endsWith('A') ? 'BB' : 'AA')
    expect(() => seal.open(changed, 'a:1')).toThrow(/does not open/)
  })
})

describe('the master key', () => {
  test('is made once, for its owner alone, and never replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'handcar-key-'))
    const path = join(folder, 'keys', 'master')
    const key = await masterKey(path, true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await masterKey(path, true)).toEqual(key)
    await rm(path)
    await expect(masterKey(path, false)).rejects.toMatchObject({ code: 'seal.key_missing' })
    await expect(readFile(path)).rejects.toThrow()
    await rm(folder, { recursive: true })
  })
})
