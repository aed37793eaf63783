import { plainText } from '../core/source/plain-text.ts'

/** `remote: ` takes 8 of the 80 columns of a terminal. */
export const columns = 72
const indent = ' '.repeat(7)
const errorMark = ' !     '
const marks = ['-----> ', '=====> ', errorMark]

/** Characters that take two columns in a terminal: scripts of East Asia, and pictures. */
const wide = new RegExp(
  `[${[
    '\\u1100-\\u115f',
    '\\u2e80-\\ua4cf',
    '\\uac00-\\ud7a3',
    '\\uf900-\\ufaff',
    '\\ufe30-\\ufe6f',
    '\\uff00-\\uff60',
    '\\uffe0-\\uffe6',
    '\\u{1f300}-\\u{1faff}',
    '\\u{20000}-\\u{3fffd}',
  ].join('')}]`,
  'u',
)

/**
 * One line of a log, by the grammar of the push output: steps, milestones and errors keep their mark, anything else
 * is indented by 7. Longer lines are wrapped, what follows `Why:` and the like under itself; but addresses stay whole,
 * so that they can be followed.
 */
export function pushLines(text: string): string[] {
  const mark = marks.find((known) => text.startsWith(known)) ?? indent
  /* A program that redraws its line means what it wrote last. */
  const body =
    text
      .slice(text.startsWith(mark) ? mark.length : 0)
      .split('\r')
      .at(-1) ?? ''
  const hanging = mark === errorMark ? (/^(?:(?:Why|Do|Log):)? {1,6}/.exec(body)?.[0].length ?? 0) : 0
  const width = columns - indent.length
  const [first = '', ...more] = wrap(plainText(body, 4000).trimEnd(), width, width - hanging)
  const next = (mark === errorMark ? mark : indent) + ' '.repeat(hanging)
  return [mark + first, ...more.map((line) => next + line)].map((line) => line.trimEnd())
}

/** Lines of at most `width` columns, all but the first of at most `laterWidth`. */
export function wrap(text: string, width: number, laterWidth = width): string[] {
  const lines: string[] = []
  const widthNow = () => (lines.length === 0 ? width : laterWidth)
  let rest = Array.from(text)
  while (widthOf(rest) > widthNow()) {
    // A label is not left alone on its line.
    const cut = cutAt(rest, widthNow(), lines.length === 0 ? width - laterWidth : 0)
    lines.push(rest.slice(0, cut).join('').trimEnd())
    rest = rest.slice(cut)
    while (rest[0] === ' ') rest = rest.slice(1)
  }
  if (rest.length > 0 || lines.length === 0) lines.push(rest.join(''))
  return lines
}

/** Behind the last space that fits, before or behind an address, or in the middle of a word that fits nowhere. */
function cutAt(characters: string[], width: number, notBefore: number): number {
  let fits = 0
  for (let columnsTaken = 0; fits < characters.length; fits++) {
    columnsTaken += columnsOf(characters[fits] ?? '')
    if (columnsTaken > width) break
  }
  const space = characters.lastIndexOf(' ', fits)
  const start = space + 1
  if (/^https?:\/\//.test(characters.slice(start, start + 8).join(''))) {
    if (characters.slice(0, start).join('').trim() !== '') return start
    const end = characters.indexOf(' ', start)
    return end === -1 ? characters.length : end
  }
  return space > notBefore && characters.slice(0, space).some((character) => character !== ' ')
    ? space
    : Math.max(1, fits)
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnsOf(character), 0)
}

function columnsOf(character: string): number {
  return wide.test(character) ? 2 : 1
}
