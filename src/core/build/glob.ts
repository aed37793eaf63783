/**
 * One pattern of a `.dockerignore`, matched in one pass over a path: every way to match is followed at once, so that
 * no pattern makes the work grow faster than its length times that of the path.
 */
export interface Glob {
  /**
   * Whether the pattern matches the path or one of its folders. `path`: its code points. `work` is told how many steps
   * were taken, a few at a time, and may throw to end it.
   */
  matches(path: readonly string[], work: Work): boolean
}

type Work = (steps: number) => void

/**
 * `one`: a character, this one or any of a class. `star`: any number of them, none included, within a segment.
 * `folders`: any number of whole segments, none included. `rest`: whatever is left.
 */
type Token =
  | { kind: 'one'; fits: (char: string) => boolean }
  | { kind: 'star' }
  | { kind: 'folders' }
  | { kind: 'rest' }

/**
 * `*` and `?` stay inside one segment, `**` spans any number of them, none included; `\` takes the next as it is.
 * Undefined for what cannot be read, like an unclosed `[`.
 */
export function readGlob(pattern: string): Glob | undefined {
  const tokens = readTokens([...pattern])
  if (tokens === undefined) return undefined
  const places = [new Places(tokens), new Places(tokens)] as const
  return { matches: (path, work) => matches(places, path, work) }
}

function matches([first, second]: readonly [Places, Places], path: readonly string[], work: Work): boolean {
  let [reached, next] = [first, second]
  reached.clear()
  reached.enter(0)
  for (const char of path) {
    if (reached.isWhole || (char === '/' && reached.isEnd)) return true
    work(reached.count + 1)
    if (reached.count === 0) return false
    next.clear()
    for (let index = 0; index < reached.count; index++) next.follow(reached.list[index] ?? 0, char)
    ;[reached, next] = [next, reached]
  }
  return reached.isWhole || reached.isEnd
}

/** Where in the pattern the path read so far may have come to; behind the last token is the end. */
class Places {
  readonly list: Uint32Array
  /** How many of the list count. */
  count = 0
  /** The path so far is matched. */
  isEnd = false
  /** Whatever follows is matched. */
  isWhole = false
  private readonly tokens: readonly Token[]
  /** By place: in which round it was last come to. */
  private readonly seen: Float64Array
  private round = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
    this.list = new Uint32Array(tokens.length)
    this.seen = new Float64Array(tokens.length)
  }

  clear(): void {
    this.count = 0
    this.isEnd = false
    this.isWhole = false
    this.round += 1
  }

  /** Comes to a place, and to those behind it that can be reached with nothing. */
  enter(place: number): void {
    const token = this.tokens[place]
    if (token === undefined) this.isEnd = true
    else if (token.kind === 'rest') this.isWhole = true
    else this.add(place)
    if (token?.kind === 'star' || token?.kind === 'folders') this.enter(place + 1)
  }

  /** Comes to where one more character leads from a place. */
  follow(place: number, char: string): void {
    const token = this.tokens[place]
    if (token?.kind === 'one' && token.fits(char)) this.enter(place + 1)
    if (token?.kind === 'star' && char !== '/') this.enter(place)
    if (token?.kind !== 'folders') return
    this.add(place)
    if (char === '/') this.enter(place + 1)
  }

  private add(place: number): void {
    if (this.seen[place] === this.round) return
    this.seen[place] = this.round
    this.list[this.count] = place
    this.count += 1
  }
}

function readTokens(chars: readonly string[]): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? ''
    if (char === '*' && chars[at + 1] === '*') {
      at += chars[at + 2] === '/' ? 2 : 1
      if (at + 1 >= chars.length) tokens.push({ kind: 'rest' })
      else if (tokens.at(-1)?.kind !== 'folders') tokens.push({ kind: 'folders' })
    } else if (char === '*') tokens.push({ kind: 'star' })
    else if (char === '?') tokens.push({ kind: 'one', fits: (one) => one !== '/' })
    else if (char === '[') {
      const end = classEnd(chars, at)
      const fits = end === -1 ? undefined : characterClass(chars.slice(at + 1, end).join(''))
      if (fits === undefined) return undefined
      tokens.push({ kind: 'one', fits })
      at = end
    } else {
      const literal = char === '\\' ? (chars[++at] ?? char) : char
      tokens.push({ kind: 'one', fits: (one) => one === literal })
    }
  }
  return tokens
}

function classEnd(chars: readonly string[], start: number): number {
  for (let at = start + 1; at < chars.length; at++) {
    if (chars[at] === '\\') at++
    else if (chars[at] === ']' && at > start + 1) return at
  }
  return -1
}

function characterClass(inner: string): ((char: string) => boolean) | undefined {
  const isNegated = inner.startsWith('^')
  const body = (isNegated ? inner.slice(1) : inner).replace(/\\(.)|[[\]^/(){}|]/gsu, (found, escaped?: string) =>
    escaped === undefined ? `\\${found}` : escaped.replace(/[\\[\]^/(){}|-]/, '\\$&'),
  )
  try {
    const regex = new RegExp(isNegated ? `^[^${body}]$` : `^[${body}]$`, 'su')
    return (char) => regex.test(char)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
