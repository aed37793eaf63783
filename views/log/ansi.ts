/** A longer line is cut here; the whole one is in the download. */
export const lineLengthMax = 16 * 1024

interface Style {
  /** 0–7, the class `a0`–`a7`. */
  color: number | undefined
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
}

interface Cell {
  char: string
  classes: string
}

const plain: Style = { color: undefined, bold: false, dim: false, italic: false, underline: false }

/** Sent to the terminal itself (OSC, DCS, SOS, PM, APC): dropped, also when never ended. C1 forms are one character. */
const toTerminal = String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)`
/** Control sequences; of these colours, moves within the row and erasing are played. */
const control = String.raw`(?:\x1b\[|\x9b)([0-9;:?<=>!]*)([ -/]*)([@-~])`
const otherEscape = String.raw`\x1b[ -/]*[0-~]?`
const sequence = new RegExp(`${toTerminal}|${control}|${otherEscape}`, 'y')

/** Overrides of the writing direction could make a line look like another. */
const directionControl = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/**
 * Turns lines of terminal output into HTML: escaped first and last, colours as classes, no other markup whatever.
 * Colours go on over lines, as they do in a terminal; so one renderer reads one log from top to bottom.
 */
export function createAnsi(): (line: string) => string {
  let style = plain
  return (line) => {
    const cut = line.length > lineLengthMax
    const [cells, after] = typeset(cut ? line.slice(0, lineLengthMax) : line, style)
    style = after
    return toHtml(cells) + (cut ? '<span class="a0"> … cut at 16 KB, the download has it all</span>' : '')
  }
}

/** Plays the line on one row of cells, so that a carriage return rewrites it. */
function typeset(line: string, before: Style): [Cell[], Style] {
  const cells: Cell[] = []
  let style = before
  let classes = classesOf(style)
  let column = 0
  let at = 0
  while (at < line.length) {
    const code = line.charCodeAt(at)
    if (code === 0x1b || (code >= 0x80 && code < 0xa0)) {
      sequence.lastIndex = at
      const match = sequence.exec(line)
      at = match === null || match[0] === '' ? at + 1 : sequence.lastIndex
      const [, parameters = '', , final] = match ?? []
      if (final === 'm') style = restyled(style, parameters)
      else if (final !== undefined) column = moved(cells, column, parameters, final)
      classes = classesOf(style)
      continue
    }
    const char = String.fromCodePoint(line.codePointAt(at) ?? 0xfffd)
    at += char.length
    if (char === '\r') column = 0
    else if (char === '\b') column = Math.max(0, column - 1)
    else if (char === '\t' || (code >= 0x20 && code !== 0x7f)) {
      while (cells.length < column) cells.push({ char: ' ', classes: '' })
      cells[column] = { char: directionControl.test(char) ? '\ufffd' : char, classes }
      column += 1
    }
  }
  return [cells, style]
}

/** Moves within the row and erases; everything else that moves is for a screen, and dropped. */
function moved(cells: Cell[], column: number, parameters: string, final: string): number {
  const given = Number.parseInt(parameters, 10)
  const count = Number.isNaN(given) ? undefined : given
  if (final === 'G') return Math.min(lineLengthMax, Math.max(0, (count ?? 1) - 1))
  if (final === 'C') return Math.min(lineLengthMax, column + (count ?? 1))
  if (final === 'D') return Math.max(0, column - (count ?? 1))
  if (final !== 'K') return column
  if (count === 1) cells.fill({ char: ' ', classes: '' }, 0, Math.min(column + 1, cells.length))
  else cells.length = count === 2 ? 0 : Math.min(column, cells.length)
  return column
}

function restyled(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)))
  let style = { ...before }
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 38 || code === 48) {
      const isIndexed = codes[index + 1] === 5
      const color = isIndexed ? indexed(codes[index + 2] ?? 0) : nearest(codes.slice(index + 2, index + 5))
      if (code === 38) style.color = color
      index += isIndexed ? 2 : 4
    } else style = simple(style, code)
  }
  return style
}

function simple(style: Style, code: number): Style {
  if (code === 0) return plain
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 3) return { ...style, italic: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 23) return { ...style, italic: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 39) return { ...style, color: undefined }
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, color: code % 10 }
  return style
}

/** One of the 256 colours as one of our eight. */
function indexed(index: number): number {
  if (index < 16) return index % 8
  if (index >= 232) return index < 246 ? 0 : 7
  const cube = index - 16
  return nearest([Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51])
}

function nearest([red = 0, green = 0, blue = 0]: number[]): number {
  const strongest = Math.max(red, green, blue)
  const isOn = (part: number) => part > strongest / 2
  return strongest < 64 ? 0 : (isOn(red) ? 1 : 0) + (isOn(green) ? 2 : 0) + (isOn(blue) ? 4 : 0)
}

function classesOf(style: Style): string {
  return [
    style.color === undefined ? '' : `a${style.color}`,
    style.bold ? 'ab' : '',
    style.dim ? 'ad' : '',
    style.italic ? 'ai' : '',
    style.underline ? 'au' : '',
  ]
    .filter(Boolean)
    .join(' ')
}

function toHtml(cells: Cell[]): string {
  let html = ''
  let open = ''
  for (const { char, classes } of cells) {
    if (classes !== open) {
      if (open !== '') html += '</span>'
      if (classes !== '') html += `<span class="${classes}">`
      open = classes
    }
    html += escaped(char)
  }
  return open === '' ? html : `${html}</span>`
}

function escaped(char: string): string {
  if (char === '&') return '&amp;'
  if (char === '<') return '&lt;'
  if (char === '>') return '&gt;'
  if (char === '"') return '&quot;'
  return char === "'" ? '&#39;' : char
}
