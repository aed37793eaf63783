import { describe, expect, test } from 'vitest'
import { chooseUpdates, readOptions } from '../../../src/core/source/choose-updates.ts'
import { noCommit } from '../../../src/core/source/proc-receive.ts'
import { isBranchName } from '../../../src/core/source/repository.ts'

const sha = 'a'.repeat(40)
const update = (ref: string, after = sha) => ({ ref, before: noCommit, after })

/** Names that git's own receive-pack takes, and some that it does not. */
const hostileNames = [
  '--output=pwn',
  '-h',
  '$(id)',
  'a;id',
  '`id`',
  "a'b",
  'a"b',
  '<img/src=x>',
  'a\u202eb',
  'a b',
  'a\nb',
  'a\0b',
  'a\u001b[31mb',
  '../../x',
  'a/../b',
  'a..b',
  '.hidden',
  'a/.hidden',
  'a/-x',
  'a//b',
  'a/',
  '/a',
  'a.',
  'a.lock',
  'a.lock/b',
  '@',
  'HEAD',
  'a@{1}',
  'a~1',
  'a^',
  'a:b',
  'a\\b',
  'a*',
  'ä',
  'x'.repeat(201),
  '',
]

describe('names of branches', () => {
  test.each(['main', 'master', 'feature/login', 'release-1.2', 'a', '_x', 'v1.0_rc', 'HEAD2'])(
    '%s is taken',
    (name) => {
      expect(isBranchName(name)).toBe(true)
    },
  )

  test.each(hostileNames)('%j is refused and explained', (name) => {
    const ref = Buffer.from(`refs/heads/${name}`, 'utf8').toString('latin1')
    const { chosen, refused } = chooseUpdates([update(ref)], undefined)
    expect(chosen).toBeUndefined()
    expect(refused).toMatchObject([{ ref, reason: 'branch name not allowed' }])
    expect(refused.flatMap(({ lines }) => lines).join('')).not.toMatch(/[\u0000-\u001f\u202e<$`]/)
  })
})

describe('what is deployed of a push', () => {
  test('the first branch when none is followed yet, main before others', () => {
    expect(chooseUpdates([update('refs/heads/dev')], undefined).chosen?.branch).toBe('dev')
    const many = ['dev', 'master', 'main'].map((name) => update(`refs/heads/${name}`))
    expect(chooseUpdates(many, undefined).chosen?.branch).toBe('main')
    expect(chooseUpdates(many.slice(0, 2), undefined).chosen?.branch).toBe('master')
  })

  test('the followed branch; the others are refused, each with the line that would deploy it', () => {
    const { chosen, refused } = chooseUpdates([update('refs/heads/dev'), update('refs/heads/main')], 'main')
    expect(chosen).toEqual({ ref: 'refs/heads/main', branch: 'main', sha })
    expect(refused).toMatchObject([{ ref: 'refs/heads/dev', reason: 'only main is deployed' }])
    expect(refused[0]?.lines.join(' ')).toContain('git push handcar HEAD:main')
  })

  test('nothing of a branch that nothing follows', () => {
    const { chosen, refused } = chooseUpdates([update('refs/heads/feature')], 'main')
    expect(chosen).toBeUndefined()
    expect(refused).toHaveLength(1)
  })

  test.each([
    ['refs/tags/v1', sha, 'tags are not deployed'],
    ['refs/tags/v1', noCommit, 'tags are not deployed'],
    ['refs/heads/main', noCommit, 'branches are not deleted here'],
    ['refs/for/main', sha, 'not a branch'],
    ['refs/notes/commits', sha, 'not a branch'],
    ['refs/replace/x', sha, 'not a branch'],
    ['HEAD', sha, 'not a branch'],
  ])('not %s → %s', (ref, after, reason) => {
    const { chosen, refused } = chooseUpdates([update(ref, after)], 'main')
    expect(chosen).toBeUndefined()
    expect(refused).toMatchObject([{ ref, reason }])
  })
})

describe('options of a push', () => {
  const push = (...options: string[]) => ({ updates: [update('refs/heads/main'), update('refs/tags/x')], options })

  test('known ones are understood', () => {
    expect(readOptions(push())).toEqual({ ok: true, value: { isDetached: false, noCache: false } })
    expect(readOptions(push('no-cache', 'detach'))).toEqual({ ok: true, value: { isDetached: true, noCache: true } })
  })

  test.each(['verbose', '', 'detach ', 'DETACH', 'detach;id', '\u001b[2J'])('%j refuses every ref', (option) => {
    const answer = readOptions(push('detach', option))
    expect(answer).toMatchObject({ ok: false, refused: [{ ref: 'refs/heads/main' }, { ref: 'refs/tags/x' }] })
    const lines = answer.ok ? [] : answer.refused.flatMap((refused) => refused.lines)
    expect(lines.join('\n')).toContain('-o detach')
    expect(lines.join('')).not.toContain('\u001b')
  })
})
