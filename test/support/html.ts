const voidTags = new Set(['br', 'col', 'hr', 'img', 'input', 'link', 'meta'])

/** One tag or text a line, indented: HTML that reads well in a diff. */
export function indented(html: string): string {
  let depth = 0
  const lines: string[] = []
  for (const [piece, closing, name] of html.matchAll(/<(\/?)([a-zA-Z!][\w-]*)[^>]*>|[^<]+/g)) {
    if (closing === '/') depth = Math.max(0, depth - 1)
    if (piece.trim() !== '') lines.push('  '.repeat(depth) + piece.trim())
    const opens = name !== undefined && closing === '' && !piece.endsWith('/>') && name !== '!doctype'
    if (opens && !voidTags.has(name)) depth += 1
  }
  return `${lines.join('\n')}\n`
}
