import { HandcarError } from '../../kernel/errors.ts'
import { type Glob, readGlob } from './glob.ts'

/**
 * The rules of `.dockerignore` over a list of paths. The daemon applies them only to a context that a Docker client
 * sends, not to a tar body, so the tar is filtered before it is sent. Rules: docs.docker.com/build/concepts/context.
 */
interface Rule {
  glob: Glob
  isException: boolean
}

/** Answers whether a path stays out of the build context. */
export type Ignores = (path: string) => boolean

/** Patterns of a `.dockerignore`, ready for `ignorer`. A line that begins with `#` is a comment. */
export function readIgnore(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/**
 * Steps of matching, some nanoseconds each: what the files of a commit may cost on average, and at once besides.
 * Thousands of ordinary rules stay far below it.
 */
const work = { perPath: 250_000, atOnce: 20_000_000 } as const

/**
 * `.git` never goes along; `Dockerfile` and `.dockerignore` always do, whatever the patterns say.
 * A pattern that cannot be read (an unclosed `[`) matches nothing. Throws `build.failed` when the rules are so many
 * and so long that nothing else on the server would get its turn.
 */
export function ignorer(patterns: readonly string[]): Ignores {
  const rules = patterns.map(rule).filter((found) => found !== undefined)
  let stepsLeft: number = work.atOnce
  const spend = (steps: number) => {
    stepsLeft -= steps
    if (stepsLeft < 0) throw tooMuchWork()
  }
  return (path) => {
    if (path === '.git' || path.startsWith('.git/')) return true
    if (path === 'Dockerfile' || path === '.dockerignore') return false
    stepsLeft = Math.min(work.atOnce, stepsLeft + work.perPath)
    const chars = [...path]
    // The last rule that matches the path or one of its folders decides.
    const last = rules.findLast(({ glob }) => glob.matches(chars, spend))
    return last !== undefined && !last.isException
  }
}

function tooMuchWork(): HandcarError {
  return new HandcarError({
    code: 'build.failed',
    kind: 'invalid',
    message: 'The rules of .dockerignore are too many or too long to be matched with the files of this commit.',
    hint: 'Write fewer and simpler rules into .dockerignore, commit and push again.',
  })
}

function rule(line: string): Rule | undefined {
  const isException = line.startsWith('!')
  const pattern = clean(isException ? line.slice(1).trim() : line.trim())
  const glob = pattern === '' ? undefined : readGlob(pattern)
  return glob && { glob, isException }
}

/** `./a//b/`, `/a/b` and `a/x/../b` all mean `a/b`; a pattern for everything above it means nothing. */
function clean(pattern: string): string {
  const kept: string[] = []
  for (const segment of pattern.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (segment !== '..' || !pattern.startsWith('/')) kept.push(segment)
  }
  return kept.join('/')
}
