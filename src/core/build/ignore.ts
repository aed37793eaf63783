/**
 * The rules of `.dockerignore` over a list of paths. The daemon applies them only to a context that a Docker client
 * sends, not to a tar body, so the tar is filtered before it is sent. Rules: docs.docker.com/build/concepts/context.
 */
interface Rule {
  regex: RegExp
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
 * `.git` never goes along; `Dockerfile` and `.dockerignore` always do, whatever the patterns say.
 * A pattern that cannot be read (an unclosed `[`) matches nothing.
 */
export function ignorer(patterns: readonly string[]): Ignores {
  const rules = patterns.map(rule).filter((found) => found !== undefined)
  return (path) => {
    if (path === '.git' || path.startsWith('.git/')) return true
    if (path === 'Dockerfile' || path === '.dockerignore') return false
    return isMatched(path, rules)
  }
}

export function withoutIgnored(paths: readonly string[], patterns: readonly string[]): string[] {
  const ignores = ignorer(patterns)
  return paths.filter((path) => !ignores(path))
}

/** The last rule that matches the path or one of its folders decides. */
function isMatched(path: string, rules: readonly Rule[]): boolean {
  let matched = false
  for (const { regex, isException } of rules) {
    if (isException !== matched) continue
    if (regex.test(path) || parents(path).some((folder) => regex.test(folder))) matched = !isException
  }
  return matched
}

function parents(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

function rule(line: string): Rule | undefined {
  const isException = line.startsWith('!')
  const pattern = clean(isException ? line.slice(1).trim() : line.trim())
  if (pattern === '') return undefined
  try {
    return { regex: new RegExp(`^${regexOf(pattern)}$`, 'su'), isException }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
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

/** `*` and `?` stay inside one segment, `**` spans any number of them, none included; `\` takes the next as it is. */
function regexOf(pattern: string): string {
  let regex = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '*' && pattern[at + 1] === '*') {
      at++
      if (pattern[at + 1] === '/') at++
      regex += at + 1 >= pattern.length ? '.*' : '(?:.*/)?'
    } else if (char === '*') regex += '[^/]*'
    else if (char === '?') regex += '[^/]'
    else if (char === '\\' && at + 1 < pattern.length) {
      const next = String.fromCodePoint(pattern.codePointAt(++at) ?? 0)
      at += next.length - 1
      regex += literal(next)
    } else if (char === '[') {
      const end = classEnd(pattern, at)
      regex += end === -1 ? '[' : characterClass(pattern.slice(at + 1, end))
      if (end !== -1) at = end
    } else regex += literal(char)
  }
  return regex
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function classEnd(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === ']' && at > start + 1) return at
  }
  return -1
}

function characterClass(inner: string): string {
  const isNegated = inner.startsWith('^')
  const body = (isNegated ? inner.slice(1) : inner).replace(/\\(.)|[[\]^/(){}|]/gsu, (found, escaped?: string) =>
    escaped === undefined ? `\\${found}` : escaped.replace(/[\\[\]^/(){}|-]/, '\\$&'),
  )
  return isNegated ? `[^${body}]` : `[${body}]`
}
