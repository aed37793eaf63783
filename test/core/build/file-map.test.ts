import { describe, expect, it } from 'vitest'
import {
  fileMap,
  folders,
  inFolder,
  normalRoot,
  rootFiles,
  shown,
  shownList,
  wantedFiles,
} from '../../../src/core/build/file-map.ts'

describe('a file map', () => {
  const files = fileMap(
    ['Dockerfile', 'web/package.json', 'web/src/a.js', 'link'],
    new Map([['web/package.json', '{}']]),
  )

  it('knows files, folders and the texts that were loaded', () => {
    expect(rootFiles(files)).toEqual(['Dockerfile', 'link'])
    expect(folders(files.paths).sort()).toEqual(['web', 'web/src'])
    expect([files.has('web'), files.hasFolder('web'), files.hasFolder('web/src/a.js')]).toEqual([false, true, false])
    expect(files.read('web/package.json')).toBe('{}')
  })

  it('reads nothing of a link or of a file that was not loaded', () => {
    expect(files.has('link')).toBe(true)
    expect(files.read('link')).toBeUndefined()
    expect(files.read('absent')).toBeUndefined()
  })

  it('does not read a text whose path is not in the commit', () => {
    expect(fileMap([], new Map([['package.json', '{}']])).read('package.json')).toBeUndefined()
  })

  it('shows one folder as if it were the whole commit', () => {
    const web = inFolder(files, 'web')
    expect([...web.paths]).toEqual(['package.json', 'src/a.js'])
    expect(web.read('package.json')).toBe('{}')
  })
})

describe('the root directory', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['.', ''],
    ['./backend/', 'backend'],
    ['/apps//web', 'apps/web'],
    ['..', undefined],
    ['a/../../b', undefined],
    ['a\0b', undefined],
  ])('%j is %j', (given, expected) => {
    expect(normalRoot(given)).toBe(expected)
  })
})

describe('the files that detection wants', () => {
  it('are known names in the root directory and nothing below it', () => {
    const paths = [
      'package.json',
      'Dockerfile',
      'src/package.json',
      'README.md',
      'vite.config.ts',
      'node_modules/a/package.json',
    ]
    expect(wantedFiles(paths, undefined)).toEqual(['package.json', 'Dockerfile', 'vite.config.ts'])
    expect(wantedFiles(paths, './src')).toEqual(['src/package.json'])
    expect(wantedFiles(paths, '../x')).toEqual([])
  })
})

describe('a name in a message', () => {
  it.each([
    ['server.js', 'server.js'],
    ['Übersicht (1).md', 'Übersicht (1).md'],
    ['a\nRUN rm', '"a\\nRUN rm"'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['\u009b31mred', '"\\u{9b}31mred"'],
    ['evil\u202egpj.sh', '"evil\\u{202e}gpj.sh"'],
    ['a`b', '"a`b"'],
  ])('%j is shown as %s', (name, expected) => {
    expect(shown(name)).toBe(expected)
  })

  it('is cut, and a list says how many it leaves out', () => {
    expect([...shown('🙂'.repeat(100))]).toHaveLength(60)
    expect(shownList(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
  })
})
