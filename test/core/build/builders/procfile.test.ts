import { describe, expect, it } from 'vitest'
import { readProcfile } from '../../../../src/core/build/builders/procfile.ts'

function processes(text: string): Record<string, string> {
  return Object.fromEntries(readProcfile(text).processes)
}

describe('a Procfile', () => {
  it.each<[string, string, Record<string, string>]>([
    ['one process a line', 'web: node a.js\nworker: node b.js', { web: 'node a.js', worker: 'node b.js' }],
    ['signs in a command', 'web: a: b # c', { web: 'a: b # c' }],
    ['blanks around a command', 'web: \t node a.js  \t', { web: 'node a.js' }],
    ['no blank before a command', 'web:node', { web: 'node' }],
    ['the first of two', 'web: a\nweb: b', { web: 'a' }],
    ['Windows line ends and a byte order mark', '\uFEFFweb: a\r\njob: b\r\n', { web: 'a', job: 'b' }],
    ['comments and empty lines', '# web: a\n\n  \nweb: b', { web: 'b' }],
  ])('is read with %s', (_title, text, expected) => {
    const procfile = readProcfile(text)
    expect([Object.fromEntries(procfile.processes), procfile.unreadable]).toEqual([expected, []])
  })

  it.each(['web', 'web:', 'web:   ', ' web: a', 'my web: a', `${'w'.repeat(64)}: a`, 'web: a\rb'])(
    '%j is no process',
    (line) => {
      expect(readProcfile(line)).toMatchObject({ processes: new Map(), unreadable: [line] })
    },
  )

  it('of one endless line is read in one go', () => {
    const blanks = ' '.repeat(500_000)
    expect(processes(`web:${blanks}a${blanks}b`)).toEqual({ web: `a${blanks}b` })
    expect(processes(`web: a${blanks}\r b`)).toEqual({})
  })
})
