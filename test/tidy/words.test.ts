import { describe, expect, it } from 'vitest'
import { product, sources } from './repository.ts'
import { caseFaults, codeRules, nameFaults, productWords, ruleFaults, viewRules } from './words.ts'

const rules = [...codeRules, ...viewRules, ...productWords]

describe('words', () => {
  it('break no rule of the house', () => {
    expect(ruleFaults(rules, sources)).toEqual([])
  })

  it.each([
    ['src/a.ts', 'const a: any = 1', 'any'],
    ['src/a.ts', 'const a = <any>b', 'any'],
    ['src/a.ts', 'const a = b as any', 'any'],
    ['src/a.ts', 'const a = b!.c', 'a non-null assertion'],
    ['src/a.ts', 'call(a[0]!)', 'a non-null assertion'],
    ['src/a.ts', 'try { a() } catch (error) {\n  // nothing\n}', 'an empty catch'],
    ['src/a.ts', 'a().catch(() => {})', 'a swallowed rejection'],
    ['src/a.ts', "run('sh', ['-c', text])", 'a shell'],
    ['src/a.ts', "run('sh -c ' + text)", 'a shell'],
    ['src/a.ts', 'spawn(a, { shell: true })', 'a shell'],
    ['src/a.ts', '// TODO later', 'work left for later'],
    ['src/a.ts', '// @ts-ignore', 'a switch for the type checker'],
    ['src/core/a.ts', 'const a = process.env.HOME', 'process.env outside kernel/config.ts'],
    ['test/a.test.ts', "it.skip('a', () => b())", 'a test that does not run'],
    ['test/a.test.ts', "describe.only('a', () => b())", 'a test that does not run'],
    ['test/a.test.ts', "it.todo('a')", 'a test that does not run'],
    ['views/a.tsx', '<a hx-on:click="b()">', 'a script in an attribute'],
    ['views/a.tsx', '<a onclick="b()">', 'a script in an attribute'],
    ['views/a.tsx', '<a hx-vals="js:{b}">', 'a script in an address'],
    ['views/a.tsx', '<a style="color: red">', 'an inline style'],
    ['views/a.tsx', '<script>{text}</script>', 'an inline script'],
    ['views/a.tsx', '<p dangerouslySetInnerHTML={html}>', 'unescaped HTML'],
    ['src/core/a.ts', 'const containers = 1', 'says container where we say replica'],
  ])('in %s notice %s', (path, text, fault) => {
    expect(ruleFaults(rules, [{ path, text }]).join()).toContain(fault)
  })

  it.each([
    ['src/a.ts', 'if (a !== b && !c) return anyone'],
    ['src/a.ts', '// any word! in a comment'],
    ['src/a.ts', "const a = 'as any' + 'b!.c'"],
    ['src/adapters/docker/a.ts', "const command = ['/bin/sh', '-c', text]"],
    ['views/a.tsx', '<script src={url} defer />'],
    ['src/core/ctx.ts', "import type { ContainerEngine } from '../ports/container-engine.ts'"],
  ])('in %s let %s pass', (path, text) => {
    expect(ruleFaults(rules, [{ path, text }])).toEqual([])
  })
})

describe('names', () => {
  it('say what a thing is', () => {
    expect(nameFaults(product)).toEqual([])
    expect(caseFaults(sources)).toEqual([])
  })

  it.each([
    ['src/core/utils.ts', '', 'utils'],
    ['src/web/form-helper.ts', '', 'helper'],
    ['src/a.ts', 'export class QueueManager {}', 'QueueManager'],
    ['src/a.ts', 'const errorHandler = 1', 'errorHandler'],
    ['src/a.ts', 'const data = read()', 'data'],
    ['src/a.ts', 'interface BuildInfo {}', 'BuildInfo'],
  ])('in %s notice %s', (path, text, name) => {
    expect(nameFaults([{ path, text }])).toEqual([`${path}: ${name}`])
  })

  it('notice a file that is not in kebab-case', () => {
    expect(caseFaults([{ path: 'src/core/rollOut.ts', text: '' }])).toEqual(['src/core/rollOut.ts'])
  })
})
