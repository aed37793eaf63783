import type { BuildLine } from '../../ports/image-builder.ts'

/** Lines kept for the diagnosis of a failed build. */
const keptLines = 400
/** Lines wait at most this long for others, so that a chatty build does not write a file per line. */
const batchMs = 100

export interface BuildReport {
  line(line: BuildLine): void
  /** Everything reported so far is written. */
  finish(): Promise<void>
  lastLines(): string[]
  seconds(): string
}

/** Turns the builder's lines into log text: a step line for each step of the Dockerfile, then what it printed. */
export function createBuildReport(write: (text: string) => Promise<void>): BuildReport {
  const begun = performance.now()
  const kept: string[] = []
  let batch: string[] = []
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const text = batch.join('\n')
    if (batch.length > 0) written = written.then(() => write(text))
    batch = []
    return written
  }

  return {
    line(line) {
      const text = textOf(line)
      if (text === undefined) return
      batch.push(text)
      if (line.kind === 'output') {
        kept.push(...line.text.split('\n'))
        kept.splice(0, Math.max(0, kept.length - keptLines))
      }
      timer ??= setTimeout(() => void flush().catch(() => undefined), batchMs)
    },
    finish: flush,
    lastLines: () => [...kept],
    seconds: () => ((performance.now() - begun) / 1000).toFixed(1),
  }
}

function textOf(line: BuildLine): string | undefined {
  if (line.kind === 'output') return line.text
  if (line.kind === 'step') return `-----> ${line.step}${line.cached ? ' (cached)' : ''}`
  if (line.cached) return undefined
  return line.durationMs !== undefined && line.durationMs >= 1000
    ? `       took ${(line.durationMs / 1000).toFixed(1)} s`
    : undefined
}
