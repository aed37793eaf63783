import dockerignore from '@balena/dockerignore'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ignorer, readIgnore } from '../../../src/core/build/ignore.ts'

function kept(text: string, ...paths: string[]): string[] {
  const ignores = ignorer(readIgnore(text))
  return paths.filter((path) => !ignores(path))
}

describe('.dockerignore', () => {
  it.each([
    ['a name matches at the root only', 'temp', ['temp', 'temp/a', 'x/temp', 'temp2'], ['x/temp', 'temp2']],
    ['a star stays inside one folder', '*/temp*', ['a/temp.txt', 'a/b/temp.txt', 'temp'], ['a/b/temp.txt', 'temp']],
    ['a star may stand for nothing', 'temp*', ['temp', 'temps', 'tem'], ['tem']],
    ['a question mark is one character', 'temp?', ['tempa', 'temp', 'tempab'], ['temp', 'tempab']],
    ['two stars are any folders, or none', '**/*.go', ['a.go', 'x/y/a.go', 'a.goo'], ['a.goo']],
    ['two stars at the end are everything below', 'docs/**', ['docs/a/b', 'docs', 'docsx/a'], ['docs', 'docsx/a']],
    ['two stars in the middle may be nothing', 'a/**/b', ['a/b', 'a/x/y/b', 'a/bb'], ['a/bb']],
    ['a folder takes everything below it along', 'node_modules', ['node_modules/a/b.js', 'src/a.js'], ['src/a.js']],
    ['a slash at the end changes nothing', 'build/', ['build', 'build/a', 'rebuild'], ['rebuild']],
    ['a slash at the start changes nothing', '/build', ['build/a', 'src/build/a'], ['src/build/a']],
    ['dots and double slashes are cleaned', './a//b/../c', ['a/c', 'a/b'], ['a/b']],
    ['a comment and an empty line are nothing', '# a\n\n  \nb', ['# a', 'a', 'b'], ['# a', 'a']],
    ['a hash after a space is a name', ' #a', ['#a', 'a'], ['a']],
    ['spaces around a pattern are cut', '  a  ', ['a', 'b'], ['b']],
    ['an exception brings back', '*.md\n!README.md', ['a.md', 'README.md'], ['README.md']],
    ['the last line that matches decides', '!a.md\n*.md', ['a.md'], []],
    [
      'an exception reaches into a folder',
      'node_modules\n!node_modules/keep',
      ['node_modules/a', 'node_modules/keep/b'],
      ['node_modules/keep/b'],
    ],
    ['everything but one folder', '*\n!src', ['a', 'src/a/b', 'lib/src'], ['src/a/b']],
    ['a class is one of its characters', '[a-c].txt', ['a.txt', 'd.txt', 'ab.txt'], ['d.txt', 'ab.txt']],
    ['a class may be turned round', '[^a].txt', ['a.txt', 'b.txt'], ['a.txt']],
    ['a backslash takes the next character as it is', 'a\\*b', ['a*b', 'axb'], ['axb']],
    ['an escaped exclamation mark is a name', '\\!a', ['!a', 'a'], ['a']],
    ['signs of regular expressions are plain', 'a+(b).{2}|$^', ['a+(b).{2}|$^', 'aab'], ['aab']],
    ['upper and lower case differ', 'README', ['readme', 'README'], ['readme']],
    ['Windows line ends and a byte order mark are cut', '\uFEFFa\r\nb\r\n', ['a', 'b', 'c'], ['c']],
    ['a pattern that cannot be read matches nothing', '[z-a]\nb', ['z', 'b'], ['z']],
    ['an exclamation mark alone is nothing', '!\na', ['a', 'b'], ['b']],
    ['a class that is never closed matches nothing', '[*\nb', ['a', 'b'], ['a']],
    ['a pattern that leaves the context matches nothing', '../a', ['a'], ['a']],
  ])('%s', (_title, text, paths, expected) => {
    expect(kept(text, ...paths)).toEqual(expected)
  })

  it('never lets .git in, and always sends Dockerfile and .dockerignore', () => {
    const paths = ['.git/config', '.git', '.gitignore', 'Dockerfile', '.dockerignore', 'a']
    expect(kept('*\n!.git', ...paths)).toEqual(['Dockerfile', '.dockerignore'])
    expect(kept('', ...paths)).toEqual(['.gitignore', 'Dockerfile', '.dockerignore', 'a'])
  })
})

/** Each would take longer than a test may if every way to match were tried after the other. */
describe('a pattern made to take long', () => {
  it.each([
    ['many stars', '*a*a*a*a*a*ab', 'a'.repeat(200)],
    ['many folders', `${'**/'.repeat(12)}x`, `${'a/'.repeat(60)}a`],
    ['many stars between folders', `${'**/*a*'.repeat(12)}b`, `${'aa/'.repeat(60)}a`],
    ['a rule as long as a file may be', `${'*a'.repeat(200_000)}b`, 'a'.repeat(2000)],
  ])('%s is through at once', (_title, pattern, path) => {
    expect(kept(pattern, path)).toEqual([path])
    expect(kept(pattern, `${path}b`, 'b')).toContain('b')
  })

  it('ends where the rules cost more than files may', () => {
    const ignores = ignorer(Array.from({ length: 100_000 }, () => '**/*a'))
    const busy = 'b'.repeat(4000)
    expect(() => ignores(busy)).toThrow(expect.objectContaining({ code: 'build.failed' }))
  })

  it('thousands of ordinary rules over thousands of files are no such thing', () => {
    const ignores = ignorer(Array.from({ length: 1000 }, (_, index) => `**/folder-${index}/*.log`))
    for (let index = 0; index < 500; index++) {
      expect(ignores(`packages/some-library/src/parts/file-${index}.ts`)).toBe(false)
    }
    expect(ignores('a/b/folder-7/c.log')).toBe(true)
  })
})

describe('against the reference implementation', () => {
  const name = fc.constantFrom('a', 'b', 'ab', 'c.js', 'x.md', '.env')
  const part = fc.constantFrom(
    'a',
    'b',
    'ab',
    '*',
    '?',
    '**',
    '*.js',
    'a*',
    '[ab]',
    '[^a]',
    '.',
    '..',
    '',
    '*.md',
    '\\*',
  )
  const pattern = fc
    .tuple(fc.constantFrom('', '!', '/', './', '!/', ' '), fc.array(part, { minLength: 1, maxLength: 4 }))
    .map(([start, parts]) => start + parts.join('/'))
    /* The reference cleans an exception before it reads its `!`: `!../../a` becomes `a`. Ours stays an exception. */
    .filter((line) => !/^!.*\.\./.test(line))
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))

  it('the same paths are left out', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 5 }),
        fc.array(path, { minLength: 1, maxLength: 8 }),
        (lines, paths) => {
          const reference = dockerignore({ ignorecase: false }).add(lines.join('\n'))
          const ignores = ignorer(readIgnore(lines.join('\n')))
          for (const one of paths) expect([one, ignores(one)]).toEqual([one, reference.ignores(one)])
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('no text is too strange to be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), path, (text, one) => {
        expect(typeof ignorer(readIgnore(text))(one)).toBe('boolean')
      }),
    )
  })
})
