import { describe, expect, it } from 'vitest'
import { BuildReport } from '../../../src/adapters/docker/build-report.ts'
import type { BuildLine } from '../../../src/ports/image-builder.ts'
import { log, trace, vertex } from '../../support/build-trace.ts'

function report() {
  const lines: BuildLine[] = []
  const told = new BuildReport((line) => lines.push(line))
  const say = (...parts: Buffer[]) => told.add({ id: 'moby.buildkit.trace', aux: trace(parts).toString('base64') })
  const fail = (message: string) => told.add({ errorDetail: { message }, error: message })
  return { lines, told, say, fail }
}

const run = { digest: 'sha256:run', name: '[2/2] RUN npm ci', startedAt: 1000 }

describe('BuildReport', () => {
  it('tells a step once, its output as whole lines, and its end', () => {
    const { lines, told, say } = report()
    say(vertex({ digest: 'sha256:in', name: '[internal] load .dockerignore', startedAt: 1, completedAt: 2 }))
    say(vertex({ digest: run.digest, name: run.name }))
    say(vertex(run))
    say(vertex(run), log(run.digest, 'added 70 '), log(run.digest, 'a warning\n', 2))
    say(log(run.digest, Buffer.from('packages\n\nfunded by gr\xc3', 'latin1')))
    say(log(run.digest, Buffer.from('\xbc\xc3\x9fe', 'latin1')), vertex({ ...run, completedAt: 1500 }))
    const output = (text: string) => ({ kind: 'output', step: run.name, text })
    expect(lines).toEqual([
      { kind: 'step', step: run.name, text: run.name },
      output('a warning'),
      output('added 70 packages'),
      output(''),
      output('funded by grüße'),
      { kind: 'done', step: run.name, text: '', cached: false, durationMs: 500 },
    ])
    expect(told.failure).toBeUndefined()
  })

  it('shows of a progress bar only what is left standing, and cuts what is endless', () => {
    const { lines, say } = report()
    say(vertex(run), log(run.digest, '10%\r50%\r100%\r\n'), log(run.digest, 'x'.repeat(20_000)))
    say(vertex({ ...run, completedAt: 1001 }))
    const output = lines.filter((line) => line.kind === 'output').map((line) => line.text)
    expect(output[0]).toBe('100%')
    expect(output.slice(1).map((text) => text.length)).toEqual([8192, 8192, 3616])
  })

  it('shows what is left standing after very many returns', () => {
    const { lines, say } = report()
    const returns = '\r'.repeat(500_000)
    say(vertex(run), log(run.digest, `${returns}a${returns}b${returns}\n${returns}\n\rc\n`))
    expect(lines.filter((line) => line.kind === 'output').map((line) => line.text)).toEqual(['b', '', 'c'])
  })

  it.each(['failed to solve with frontend ', 'cannot locate ', 'exit code: 0 '])(
    'explains a step whose command repeats %j without end',
    (words) => {
      const { told, say, fail } = report()
      const message = `process "/bin/sh -c ${words.repeat(100_000)}" did not complete successfully: exit code: 3`
      say(vertex(run), vertex({ ...run, completedAt: 1500, error: message }))
      fail(message)
      expect(told.failure).toMatchObject({ reason: 'failed', exitCode: 3, step: run.name })
      expect(told.failure?.message.length).toBeLessThan(6000)
    },
  )

  it('marks what came from the cache', () => {
    const { lines, say } = report()
    say(vertex({ ...run, completedAt: 1000, cached: true }))
    expect(lines.at(-1)).toMatchObject({ kind: 'done', cached: true, durationMs: 0 })
  })

  it.each([
    ['executor failed running [/bin/sh -c npm ci]: exit code: 3', '', { reason: 'failed', exitCode: 3 }],
    ['process "/bin/sh -c npm ci" did not complete successfully: exit code: 3', '', { reason: 'failed', exitCode: 3 }],
    ['executor failed running [/bin/sh -c npm ci]: exit code: 137', '', { reason: 'out_of_memory', exitCode: 137 }],
    ['executor failed running [x]: exit code: 1', 'Killed\n', { reason: 'out_of_memory', exitCode: 1 }],
    ['executor failed running [x]: exit code: 1', 'the process was Killed off\n', { reason: 'failed', exitCode: 1 }],
  ])('explains a step that ended with %j after printing %j', (message, printed, expected) => {
    const { told, say, fail } = report()
    say(vertex(run), log(run.digest, printed))
    say(vertex({ digest: 'sha256:other', name: '[1/2] COPY', startedAt: 1, completedAt: 2, error: 'context canceled' }))
    say(vertex({ ...run, completedAt: 1500, error: message }))
    fail(message)
    expect(told.failure).toEqual({ ...expected, message, step: run.name })
  })

  it.each([
    ['[internal] load metadata for docker.io/library/node:26', 'registry'],
    ['[deps 1/5] FROM docker.io/library/node:26', 'registry'],
    ['FROM docker.io/library/alpine:3', 'registry'],
    ['resolve image config for docker.io/docker/dockerfile:1', 'registry'],
    ['[2/2] COPY missing /', 'failed'],
  ])('takes a failure of %j for %s', (name, reason) => {
    const { told, say, fail } = report()
    say(vertex({ digest: 'sha256:a', name, startedAt: 1, completedAt: 2, error: 'no such host' }))
    fail('failed to load cache key: no such host')
    expect(told.failure).toEqual({ reason, message: 'no such host', step: name, exitCode: undefined })
  })

  it('knows a Dockerfile that is not there from one that is wrong', () => {
    const missing = report()
    const cause = 'failed to read dockerfile: open Dockerfile: no such file or directory'
    missing.fail(`failed to solve with frontend dockerfile.v0: ${cause}`)
    expect(missing.told.failure?.message).toBe(cause)
    expect(missing.told.failure?.reason).toBe('dockerfile_not_found')
    const wrong = report()
    wrong.fail('dockerfile parse error line 2: unknown instruction: FOO')
    expect(wrong.told.failure).toMatchObject({ reason: 'failed', step: undefined, exitCode: undefined })
  })
})
