import type { LogLine } from '../../src/core/deployment/deployment-log.ts'

/** What kind of line it is decides its colour bar; the text itself is always shown. */
export type LineKind = 'output' | 'milestone' | 'error' | 'warning'

export interface LogGroup {
  /** Undefined for what comes before the first step. */
  title: string | undefined
  /** Number of the line that opened it. */
  number: number
  at: number
  /** When the next step began; undefined for the last one. */
  until: number | undefined
  lines: LogLine[]
}

const stepMark = '-----> '
const milestoneMark = '=====> '
const errorMark = ' !     '

const errorText = /^\W*(?:npm )?(?:error|err!|fatal|panic|uncaught|traceback|exception)\b|\berror(?: TS\d+)?: /i
const warningText = /^\W*(?:npm )?warn(?:ing)?\b|\bwarning: /i
const escapes = /\x1b\[[0-9;:?]*[A-Za-z]/g

/** The step that a line opens, if it opens one. */
export function stepOf(text: string): string | undefined {
  return text.startsWith(stepMark) ? text.slice(stepMark.length) : undefined
}

export function kindOf(text: string): LineKind {
  if (text.startsWith(milestoneMark)) return 'milestone'
  if (text.startsWith(errorMark)) return 'error'
  const bare = text.slice(0, 400).replace(escapes, '')
  if (errorText.test(bare)) return 'error'
  return warningText.test(bare) ? 'warning' : 'output'
}

/** The text without the mark that says what kind of line it is. */
export function textOf(text: string): string {
  const isMarked = text.startsWith(milestoneMark) || text.startsWith(errorMark)
  return isMarked ? text.slice(errorMark.length) : text
}

export function groupLines(lines: readonly LogLine[]): LogGroup[] {
  const groups: LogGroup[] = []
  for (const line of lines) {
    const title = stepOf(line.text)
    const last = groups.at(-1)
    if (title !== undefined) {
      if (last) last.until = line.at
      groups.push({ title, number: line.number, at: line.at, until: undefined, lines: [] })
    } else if (last === undefined) {
      groups.push({ title: undefined, number: line.number, at: line.at, until: undefined, lines: [line] })
    } else last.lines.push(line)
  }
  return groups
}

export function countKinds(lines: readonly LogLine[]): { errors: number; warnings: number; firstError?: number } {
  let errors = 0
  let warnings = 0
  let firstError: number | undefined
  for (const line of lines) {
    const kind = kindOf(line.text)
    if (kind === 'error') {
      errors += 1
      firstError ??= line.number
    } else if (kind === 'warning') warnings += 1
  }
  return { errors, warnings, ...(firstError === undefined ? {} : { firstError }) }
}
