/** Versions as one number each, so that ranges are intervals of numbers: 20.11.1 is 20_0011_0001. */
const minorUnit = 10_000
const majorUnit = minorUnit * 10_000

/** From (included) up to (excluded). */
export interface Interval {
  from: number
  to: number
}

export function version(major: number, minor = 0, patch = 0): number {
  return major * majorUnit + minor * minorUnit + patch
}

const partialPattern = /^[v=]?(\d{1,4}|[xX*])(?:\.(\d{1,4}|[xX*]))?(?:\.(\d{1,4}|[xX*]))?(-[\w.-]+)?(?:\+[\w.-]+)?$/
const comparatorPattern = /^(\^|~>|~|>=|<=|>|<|=)?\s*([^\s<>=~^|,]+)[\s,]*/

/** Longer ones nobody wrote by hand; two lists of thousands would take for ever to compare. */
const longestRange = 1000

/** Reads what npm calls a range, and lists with commas. Undefined when it is none. */
export function parseRange(text: string): Interval[] | undefined {
  if (text.length > longestRange) return undefined
  const found: Interval[] = []
  for (const alternative of text.split('||')) {
    const interval = parseAlternative(alternative.trim())
    if (interval === undefined) return undefined
    if (interval.from < interval.to) found.push(interval)
  }
  return found
}

export function intersect(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  return left
    .flatMap((a) => right.map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })))
    .filter((interval) => interval.from < interval.to)
}

export function wholeMajor(major: number): Interval {
  return { from: version(major), to: version(major + 1) }
}

/** The tag that floats over the newest of these versions within one major: `20`, `20.4` or, exact, `20.4.1`. */
export function tagWithin(intervals: readonly Interval[], major: number): string | undefined {
  const top = Math.max(...intersect(intervals, [wholeMajor(major)]).map((interval) => interval.to))
  if (!Number.isFinite(top)) return undefined
  if (top === version(major + 1)) return `${major}`
  const rest = top - version(major)
  const minor = Math.floor(rest / minorUnit)
  const patch = rest % minorUnit
  return patch === 0 ? `${major}.${minor - 1}` : `${major}.${minor}.${patch - 1}`
}

function parseAlternative(text: string): Interval | undefined {
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(text)
  if (hyphen) return both(comparator('>=', hyphen[1] ?? ''), comparator('<=', hyphen[2] ?? ''))
  let result: Interval | undefined = { from: 0, to: Number.POSITIVE_INFINITY }
  let rest = text
  while (rest !== '' && result !== undefined) {
    const match = comparatorPattern.exec(rest)
    if (match === null) return undefined
    result = both(result, comparator(match[1] ?? '', match[2] ?? ''))
    rest = rest.slice(match[0].length)
  }
  return result
}

function both(left: Interval | undefined, right: Interval | undefined): Interval | undefined {
  if (left === undefined || right === undefined) return undefined
  return { from: Math.max(left.from, right.from), to: Math.min(left.to, right.to) }
}

/** `1.2` covers every 1.2.x; a pre-release counts as its release where it is only a bound. */
function comparator(operator: string, text: string): Interval | undefined {
  const match = partialPattern.exec(text)
  if (match === null) return undefined
  const [major, minor, patch] = [part(match[1]), part(match[2]), part(match[3])]
  if (match[4] !== undefined && (operator === '' || operator === '=')) return undefined
  if (major === undefined) return { from: 0, to: Number.POSITIVE_INFINITY }
  const from = version(major, minor, patch)
  const nextMinor = minor === undefined ? version(major + 1) : version(major, minor + 1)
  const end = patch === undefined || minor === undefined ? nextMinor : from + 1
  if (operator === '>=') return { from, to: Number.POSITIVE_INFINITY }
  if (operator === '>') return { from: end, to: Number.POSITIVE_INFINITY }
  if (operator === '<') return { from: 0, to: from }
  if (operator === '<=') return { from: 0, to: end }
  if (operator === '^') return { from, to: caretEnd(major, minor, patch) }
  if (operator === '~' || operator === '~>') return { from, to: nextMinor }
  return { from, to: end }
}

function part(text: string | undefined): number | undefined {
  return text === undefined || /^[xX*]$/.test(text) ? undefined : Number(text)
}

/** A caret keeps the first number that is not zero. */
function caretEnd(major: number, minor: number | undefined, patch: number | undefined): number {
  if (major > 0 || minor === undefined) return version(major + 1)
  if (minor > 0 || patch === undefined) return version(0, minor + 1)
  return version(0, 0, patch + 1)
}
