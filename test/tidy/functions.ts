import { blank } from './scan.ts'

export interface FunctionSpan {
  name: string
  /** First line, from 1. */
  line: number
  /** Lines from the line of its name to its closing brace. */
  lines: number
}

const controlWords = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'return', 'await', 'typeof'])

/** Functions, methods and arrow functions with a body in braces, found by their brackets. */
export function functionsOf(text: string): FunctionSpan[] {
  const code = blank(text)
  const found: FunctionSpan[] = []
  for (let at = 0; at < code.length; at++) {
    if (code[at] !== '(') continue
    const close = matching(code, at)
    if (close === undefined) continue
    const name = nameBefore(code, at)
    const body = bodyAfter(code, close + 1, name.word)
    if (body === undefined) continue
    const end = matching(code, body)
    if (end === undefined) continue
    const first = lineOf(code, name.at)
    found.push({ name: name.word || name.caller, line: first, lines: lineOf(code, end) - first + 1 })
  }
  return found
}

/** Position of the bracket that closes the one at `open`. */
function matching(code: string, open: number): number | undefined {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    const char = code[at] ?? ''
    if ('([{'.includes(char)) depth += 1
    else if (')]}'.includes(char)) depth -= 1
    if (depth === 0) return at
  }
  return undefined
}

/** The word in front of a parameter list, and for an unnamed function the call that it is given to. */
function nameBefore(code: string, at: number): { word: string; caller: string; at: number } {
  const before = code.slice(Math.max(0, at - 300), at)
  const generic = before.replace(/<[^<>()]*>\s*$/, '')
  const word = /([\w$]+)\s*$/.exec(generic)?.[1] ?? ''
  if (word !== '' && word !== 'async' && word !== 'function') return { word, caller: '', at }
  const assigned = /\b(?:const|let)\s+([\w$]+)[^=;]*=\s*(?:async\s*)?$/.exec(before)?.[1]
  return { word: '', caller: assigned ?? callerBefore(code, at), at }
}

/** Name of the call whose argument begins here, also where the call is made on another call's answer. */
function callerBefore(code: string, at: number): string {
  const open = /\([^()]*$/.exec(code.slice(0, at))?.index
  if (open === undefined) return ''
  const before = code.slice(0, open).trimEnd()
  return /([\w$.]+)$/.exec(before.endsWith(')') ? code.slice(0, opening(code, before.length - 1)) : before)?.[1] ?? ''
}

/** Position of the bracket that the one at `close` closes. */
function opening(code: string, close: number): number {
  let depth = 0
  for (let at = close; at > 0; at--) {
    const char = code[at] ?? ''
    if (')]}'.includes(char)) depth += 1
    else if ('([{'.includes(char)) depth -= 1
    if (depth === 0) return at
  }
  return 0
}

/** Opening brace of the body after a parameter list that ends before `from`; undefined when it is no function. */
function bodyAfter(code: string, from: number, word: string): number | undefined {
  if (controlWords.has(word)) return undefined
  let at = skipSpace(code, from)
  if (code[at] === '{') return at
  const isTyped = code[at] === ':'
  if (!isTyped && !code.startsWith('=>', at)) return undefined
  let angles = 0
  while (at < code.length) {
    at = skipSpace(code, at + 1)
    const char = code[at] ?? ''
    if (char === '<') angles += 1
    if (char === '>' && code[at - 1] !== '=') angles -= 1
    if (angles > 0 && char !== '{') continue
    if (char === '>' && code[at - 1] === '=') {
      const next = skipSpace(code, at + 1)
      return code[next] === '{' ? next : undefined
    }
    if (';,)]}='.includes(char) && !code.startsWith('=>', at)) return undefined
    if (char === '{' && !/(?:[:|&<,([]|=>|\bis)$/.test(code.slice(0, at).trimEnd().slice(-4))) return at
    if ('([{'.includes(char)) at = matching(code, at) ?? code.length
  }
  return undefined
}

function skipSpace(code: string, from: number): number {
  let at = from
  while (at < code.length && /\s/.test(code[at] ?? '')) at += 1
  return at
}

function lineOf(code: string, at: number): number {
  return code.slice(0, at).split('\n').length
}
