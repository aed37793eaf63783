import type { Checked, Problem } from '../problem.ts'
import { bytesOf, mostVariables, togetherFault, type Variable, variableFault } from './variable.ts'

/** Faults of a text that are told one by one. */
const toldProblems = 50

export interface EnvText {
  /** In the order of the text, each name once: the last value counts. */
  variables: Variable[]
  /** Names that stood there more than once. */
  duplicates: string[]
}

/**
 * Reads `.env` text: `NAME=value`, an optional `export`, `#` at the beginning of a line or after a blank, values in
 * single quotes or backticks (taken as they are) or double quotes (`\n \r \t \" \\ \$` understood), each over several
 * lines if need be. CRLF counts as LF and a byte order mark is skipped. Nothing is substituted: `$HOME` stays `$HOME`.
 */
export function parseEnvText(text: string): Checked<EnvText> {
  const reader = new LineReader(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
  const found = new Map<string, string>()
  const duplicates = new Set<string>()
  const problems: Problem[] = []
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
    const fault = 'fault' in entry ? entry.fault : variableFault(entry)
    if (fault !== undefined) problems.push({ field: 'env_text', message: `Line ${entry.line}: ${fault}` })
    if ('fault' in entry) continue
    if (found.has(entry.name)) duplicates.add(entry.name)
    found.delete(entry.name)
    found.set(entry.name, entry.value)
  }
  if (found.size > mostVariables) {
    problems.push({ field: 'env_text', message: `The text must have at most ${mostVariables} variables` })
  }
  const variables = [...found].map(([name, value]) => ({ name, value }))
  const fault = togetherFault(bytesOf(variables))
  if (fault !== undefined) problems.push({ field: 'env_text', message: fault })
  if (problems.length > 0) return { ok: false, problems: theFirst(problems) }
  return { ok: true, value: { variables, duplicates: [...duplicates] } }
}

/** Text of another sort may be wrong in every one of half a million lines. */
function theFirst(problems: Problem[]): Problem[] {
  const more = problems.length - toldProblems
  if (more <= 0) return problems
  const message = `${more} more things are wrong: is this .env text?`
  return [...problems.slice(0, toldProblems), { field: 'env_text', message }]
}

/** Writes what {@link parseEnvText} reads back byte by byte. Quotes appear only where they are needed. */
export function formatEnvText(variables: readonly Variable[]): string {
  return variables.map(({ name, value }) => `${name}=${quoted(value)}\n`).join('')
}

function quoted(value: string): string {
  if (/^[\w./:@%+,=?&~-]*$/.test(value)) return value
  if (!/['\r]/.test(value)) return `'${value}'`
  return `"${value.replace(/[\\"$]/g, '\\$&').replaceAll('\r', '\\r')}"`
}

type Entry = { line: number } & (Variable | { fault: string })

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

class LineReader {
  private readonly text: string
  private at = 0
  private line = 1

  constructor(text: string) {
    this.text = text
  }

  /** The next variable or fault; blank lines and comments are passed over. */
  next(): Entry | undefined {
    for (;;) {
      const line = this.line
      const start = this.take(/[ \t]*(?:#[^\n]*)?/y)
      if (this.at >= this.text.length) return undefined
      if (this.text[this.at] === '\n') this.endLine()
      else if (start !== undefined) return { line, ...this.entry() }
    }
  }

  private entry(): Variable | { fault: string } {
    this.take(/export[ \t]+/y)
    const head = this.take(/([^=\n#'"`\s]*)[ \t]*=[ \t]*/y)
    const name = head?.[1]
    if (name === undefined) return this.skip('write it as NAME=value')
    if (name === '') return this.skip('the name before = is missing')
    const quote = this.text[this.at] ?? ''
    if (!['"', "'", '`'].includes(quote)) return { name, value: this.bareValue() }
    const body = this.take(
      quote === '"' ? /"((?:[^"\\]|\\[\s\S])*)"/y : new RegExp(`${quote}([^${quote}]*)${quote}`, 'y'),
    )
    if (body?.[1] === undefined) {
      this.at = this.text.length
      return { fault: `the quote ${quote} that opens here is never closed` }
    }
    this.line += body[0].split('\n').length - 1
    const end = this.take(/[ \t]*(?:[ \t]#[^\n]*)?(?=\n|$)/y)
    if (end === undefined) return this.skip(`only a # comment may follow after the closing ${quote}`)
    return { name, value: quote === '"' ? unescaped(body[1]) : body[1] }
  }

  /** Up to the end of the line or a `#` after a blank. */
  private bareValue(): string {
    const [line = ''] = this.take(/[^\n]*/y) ?? []
    const before = this.text[this.at - line.length - 1] ?? ''
    const comment = /^[ \t]/.test(before) && line.startsWith('#') ? 0 : line.search(/[ \t]#/)
    let end = comment < 0 ? line.length : comment
    while (line[end - 1] === ' ' || line[end - 1] === '\t') end -= 1
    return line.slice(0, end)
  }

  private skip(fault: string): { fault: string } {
    this.take(/[^\n]*/y)
    return { fault }
  }

  private endLine(): void {
    this.at += 1
    this.line += 1
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (!found) return undefined
    this.at += found[0].length
    return found
  }
}

function unescaped(body: string): string {
  return body.replace(/\\([\s\S])/g, (whole, letter: string) => escapes[letter] ?? whole)
}
