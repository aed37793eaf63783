import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandLine, startForm } from '../../../../src/core/build/builders/start-command.ts'

describe('a start command', () => {
  it.each([
    ['node server.js', ['node', 'server.js']],
    ['  node --max-old-space-size=300   dist/index.js ', ['node', '--max-old-space-size=300', 'dist/index.js']],
    ['next start -p $PORT', ['sh', '-c', 'exec next start -p $PORT']],
    ['NODE_ENV=production A=1 node a.js', ['sh', '-c', 'exec env NODE_ENV=production A=1 node a.js']],
    ['node migrate.js && node server.js', ['sh', '-c', 'node migrate.js && exec node server.js']],
    ['node -e "1 + 1"', ['sh', '-c', 'exec node -e "1 + 1"']],
  ])('%j is started directly', (command, argv) => {
    expect(startForm(command)).toEqual({ argv, isDirect: true })
  })

  it.each([
    'node a.js & node b.js',
    'node a.js | tee log',
    'node a.js; node b.js',
    'cd dist && cd app',
    'if true; then node a.js; fi',
    'echo "a && b" && node c.js',
    'node $(cat main)',
    'node a.js > log',
    'exec node a.js',
    'A="b c" node a.js',
  ])('%j keeps its shell', (command) => {
    expect(startForm(command)).toEqual({ argv: ['sh', '-c', command], isDirect: false })
  })

  it('of endless words is read in one go', () => {
    const endless = `${'A=1 '.repeat(250_000)}x\r y`
    expect(startForm(endless)).toEqual({ argv: ['sh', '-c', endless], isDirect: false })
  })

  it('does what it did before exec was put in', () => {
    const folder = mkdtempSync(join(tmpdir(), 'handcar-start-'))
    try {
      const command = 'A="$B" && B=2 C=$B printenv B'
      for (const text of ['printf %s "$B-$0" ', 'true && printf %s "$B"', 'B=3 printenv B', command]) {
        const [program = '', ...rest] = startForm(text).argv
        const run = (file: string, args: string[]) =>
          execFileSync(file, args, { cwd: folder, env: { PATH: process.env.PATH, B: '1' } }).toString()
        expect([text, run(program, rest)]).toEqual([text, run('sh', ['-c', text])])
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('CMD', () => {
  it('is one line of JSON, whatever the words hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (argv) => {
        const line = commandLine(argv)
        expect(line).toMatch(/^CMD \[[ -~]*\]$/)
        expect(JSON.parse(line.slice(4))).toEqual(argv)
      }),
    )
  })

  it('is one start form for any command', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...' ab=&|;"\'$()\\\n#'.split('')) })),
        (command) => {
          const { argv, isDirect } = startForm(command)
          const words = wordsOf(command.trim())
          const started = wordsOf(argv.join(' '))
          if (!isDirect) expect(argv).toEqual(['sh', '-c', command.trim()])
          else expect([words, ['sh', '-c', ...words]]).toContainEqual(started)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

/** Words of a command line, without what only hands over from the shell to the program. */
function wordsOf(line: string): string[] {
  return line.replaceAll(/exec (?:env )?/g, '').split(/\s+/)
}
