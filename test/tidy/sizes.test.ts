import { describe, expect, it } from 'vitest'
import { functionsOf } from './functions.ts'
import { fileText, sources } from './repository.ts'
import type { SourceFile } from './scan.ts'

const linesMax = 300
const functionLinesMax = 60
const columnsMax = 120

function longFiles(files: SourceFile[]): string[] {
  return files
    .map((file) => `${file.path}: ${lineCount(file.text)}`)
    .filter((line) => Number(line.split(': ')[1]) > linesMax)
}

/** The callback of `describe` is a chapter, not a function; a migration is a list of statements. */
function longFunctions(files: SourceFile[]): string[] {
  return files
    .filter(({ path }) => !path.startsWith('migrations/'))
    .flatMap(({ path, text }) =>
      functionsOf(text)
        .filter(({ name, lines }) => lines > functionLinesMax && !/^describe\b/.test(name))
        .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines}`),
    )
}

function longLines(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (line.length > columnsMax ? [`${path}:${at + 1}: ${line.length}`] : [])),
  )
}

function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}

const repeat = (line: string, times: number) => Array.from({ length: times }, () => line).join('\n')
const body = repeat('  step()', 59)

describe('sizes', () => {
  it(`files have at most ${linesMax} lines`, () => {
    expect(longFiles(sources)).toEqual([])
    expect(longFiles([{ path: 'a.ts', text: repeat('x', 301) }])).toEqual(['a.ts: 301'])
  })

  it(`functions have at most ${functionLinesMax} lines`, () => {
    expect(longFunctions(sources)).toEqual([])
  })

  it.each([
    ['a function', `export async function act(ctx: Ctx): Promise<{ a: string }> {\n${body}\n}`, 'act: 61'],
    ['an arrow', `const act = async (ctx: Ctx): Promise<void> => {\n${body}\n}`, 'act: 61'],
    ['a method', `class A {\n  act<T>(a: (b: T) => void): Map<string, T> {\n${body}\n  }\n}`, 'act: 61'],
    ['a test', `it('does', async () => {\n${body}\n})`, ': 61'],
    ['braces in text', `function act() {\n  const a = '}' // }\n${body}\n}`, 'act: 62'],
  ])('notices %s that is too long', (_kind, text, fault) => {
    expect(longFunctions([{ path: 'a.ts', text }]).join()).toContain(fault)
  })

  it('takes the callback of describe for a chapter, with a table too', () => {
    const chapters = [
      `describe('a', () => {\n${body}\n\n})`,
      `describe.each([\n  [1],\n])('a', (b) => {\n${body}\n\n})`,
    ]
    expect(longFunctions(chapters.map((text) => ({ path: 'a.ts', text })))).toEqual([])
  })

  it('does not take a block for a function', () => {
    const text = `if (a) {\n${repeat('  step()', 80)}\n}\nconst table = {\n${repeat('  a: 1,', 80)}\n}\nrun(a)\n`
    expect(longFunctions([{ path: 'a.ts', text }])).toEqual([])
  })

  it(`lines have at most ${columnsMax} columns`, () => {
    expect(longLines(sources)).toEqual([])
    expect(longLines([{ path: 'a.ts', text: `a\n${'x'.repeat(121)}` }])).toEqual(['a.ts:2: 121'])
  })

  it('the walk stays readable on one screen', () => {
    expect(lineCount(fileText('src/core/deployment/deploy.ts'))).toBeLessThan(100)
    expect(lineCount(repeat('x', 100))).toBe(100)
  })
})
