import { stripVTControlCharacters } from 'node:util'

/**
 * Text of a commit or a program, made safe for somebody's terminal: no escape sequences, no control characters,
 * nothing that turns the direction of reading. Tabs become a space; always one line.
 */
export function plainText(text: string, longest = 1000): string {
  const oneLine = stripVTControlCharacters(text.toWellFormed()).replace(/[\t\n\r\u2028\u2029]+/g, ' ')
  const plain = oneLine.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
  return plain.length > longest ? `${plain.slice(0, longest - 1).toWellFormed()}…` : plain
}
