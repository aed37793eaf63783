/** Reading source text without a parser: enough to hold rules by a test, no more. */

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  path: string
  text: string
}

export interface Import {
  specifier: string
  /** True when nothing of it is left after the types are stripped. */
  isTypeOnly: boolean
  /** Names that are taken as values, in their own module's spelling. */
  values: string[]
}

const keywordsBeforePattern = /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|delete|throw|new|await|yield)$/

/**
 * The same text, same length and lines, with comments (and unless `keepStrings` the insides of strings, templates
 * and patterns) blanked out, so that a word found in it is code. Text inside JSX counts as code.
 */
export function blank(text: string, keepStrings = false): string {
  const out = text.split('')
  const wipe = (from: number, to: number) => {
    for (let at = from; at < to && at < out.length; at++) if (out[at] !== '\n') out[at] = ' '
  }
  /** Open `${` of templates: how many plain braces are open inside each. */
  const braces: number[] = []
  let at = 0
  const template = (start: number) => {
    const end = templateEnd(text, start)
    if (!keepStrings) wipe(start, end)
    if (text.startsWith('${', end)) {
      braces.push(0)
      return end + 2
    }
    return end + 1
  }
  while (at < text.length) {
    const end = skipped(text, at)
    if (end !== undefined) {
      if (end.isComment) wipe(at, end.at)
      else if (!keepStrings) wipe(at + 1, end.at - 1)
      at = end.at
    } else if (text[at] === '`') {
      at = template(at + 1)
    } else if (text[at] === '}' && braces.at(-1) === 0) {
      braces.pop()
      at = template(at + 1)
    } else {
      const open = braces.length - 1
      if (open >= 0 && text[at] === '{') braces[open] = (braces[open] ?? 0) + 1
      if (open >= 0 && text[at] === '}') braces[open] = (braces[open] ?? 0) - 1
      at += 1
    }
  }
  return out.join('')
}

/** End of the comment, string or pattern that begins here, if one does. */
function skipped(text: string, at: number): { at: number; isComment: boolean } | undefined {
  if (text.startsWith('//', at) && text[at - 1] !== ':') return { at: endOr(text, '\n', at), isComment: true }
  if (text.startsWith('/*', at)) return { at: endOr(text, '*/', at + 2) + 2, isComment: true }
  const char = text[at]
  if (char === "'" || char === '"') {
    const end = lineEnd(text, at, char)
    return end === undefined ? undefined : { at: end + 1, isComment: false }
  }
  if (char === '/' && beginsPattern(text, at)) {
    const end = patternEnd(text, at)
    return end === undefined ? undefined : { at: end + 1, isComment: false }
  }
  return undefined
}

function endOr(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  return end < 0 ? text.length : end
}

/** The closing quote on the same line; undefined for an apostrophe in running text. */
function lineEnd(text: string, at: number, quote: string): number | undefined {
  for (let end = at + 1; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] === '\\') end += 1
    else if (text[end] === quote) return end
  }
  return undefined
}

function beginsPattern(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 12), at).trimEnd()
  if (before === '' && at < 12) return true
  return /[=(,:[!&|?{;+\-*%~^]$|=>$/.test(before) || keywordsBeforePattern.test(before)
}

function patternEnd(text: string, at: number): number | undefined {
  let inClass = false
  for (let end = at + 1; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] === '\\') end += 1
    else if (text[end] === '[') inClass = true
    else if (text[end] === ']') inClass = false
    else if (text[end] === '/' && !inClass) return end
  }
  return undefined
}

/** Position of the closing backtick or of the next `${`. */
function templateEnd(text: string, from: number): number {
  for (let end = from; end < text.length; end++) {
    if (text[end] === '\\') end += 1
    else if (text[end] === '`' || text.startsWith('${', end)) return end
  }
  return text.length
}

const importPatterns = [
  /\bimport\s+(type\s+)?(?:([\w*{}\s,$]+?)\s*from\s*)?['"]([^'"]+)['"]/g,
  /\bexport\s+(type\s+)?(\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*['"]([^'"]+)['"]/g,
]
const dynamicPatterns = [/\bimport\(\s*['"]([^'"]+)['"]/g, /\bnew URL\(\s*['"](\.[^'"]+\.tsx?)['"]/g]

/** Every import of a file: static, type only, re-export, dynamic, and modules named by `new URL('./x.ts', …)`. */
export function importsOf(file: SourceFile): Import[] {
  const code = blank(file.text)
  const found: Import[] = []
  for (const pattern of importPatterns) {
    for (const match of file.text.matchAll(pattern)) {
      if (!/^(?:import|export)/.test(code.slice(match.index))) continue
      const values = match[1] ? [] : valueNames(match[2] ?? '')
      const isTypeOnly = match[1] !== undefined || (/^\{/.test(match[2] ?? '') && values.length === 0)
      found.push({ specifier: match[3] ?? '', isTypeOnly, values })
    }
  }
  for (const pattern of dynamicPatterns) {
    for (const match of file.text.matchAll(pattern)) {
      if (!/^(?:import|new URL)/.test(code.slice(match.index))) continue
      found.push({ specifier: match[1] ?? '', isTypeOnly: false, values: ['*'] })
    }
  }
  return found
}

function valueNames(clause: string): string[] {
  return clause
    .replace(/[{}]/g, ',')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.split(/\s+as\s+/)[0] ?? name)
}

/** Path of an own module that a relative import names; undefined for packages. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Name of the package that an import takes, without its inner path. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}
