import type { BuildFailure, BuildLine } from '../../ports/image-builder.ts'
import { decodeTrace, type TraceLog, type TraceVertex } from './build-trace.ts'
import { property, textProperty } from './json-lines.ts'

/** Longer output lines are handed out in pieces. */
const maxLineLength = 8192
const keptLines = 20
/** Characters of a longer message that are kept of its beginning and of its end. */
const keptHead = 4000
const keptTail = 1000

interface Step {
  name: string
  isDone: boolean
  error: string
  /** An unfinished output line per stream. */
  open: Map<number, { decoder: TextDecoder; text: string }>
  lastLines: string[]
}

export interface ReportedFailure {
  reason: Extract<BuildFailure, 'failed' | 'out_of_memory' | 'registry' | 'dockerfile_not_found'>
  message: string
  step: string | undefined
  exitCode: number | undefined
}

/** Turns what the daemon tells about a build into lines and, in the end, into the cause of a failure. */
export class BuildReport {
  private readonly steps = new Map<string, Step>()
  private readonly onLine: (line: BuildLine) => void
  private failureMessage: string | undefined

  constructor(onLine: (line: BuildLine) => void) {
    this.onLine = onLine
  }

  /** One JSON value of the answer to `/build`. */
  add(said: unknown): void {
    const failure = property(said, 'errorDetail')
    if (failure !== undefined) this.failureMessage = textProperty(failure, 'message')
    if (textProperty(said, 'id') !== 'moby.buildkit.trace') return
    const trace = decodeTrace(Buffer.from(textProperty(said, 'aux'), 'base64'))
    // Logs of a step arrive with or before the word that it is done, and after the word that it has begun.
    for (const vertex of trace.vertexes) this.begin(vertex)
    for (const log of trace.logs) this.print(log)
    for (const vertex of trace.vertexes) this.complete(vertex)
  }

  get failure(): ReportedFailure | undefined {
    return this.failureMessage === undefined ? undefined : this.explain(shortened(this.failureMessage))
  }

  private begin(vertex: TraceVertex): void {
    if (vertex.startedAt === undefined || this.steps.has(vertex.digest)) return
    this.steps.set(vertex.digest, { name: vertex.name, isDone: false, error: '', open: new Map(), lastLines: [] })
    if (isShown(vertex.name)) this.onLine({ kind: 'step', step: vertex.name, text: vertex.name })
  }

  private complete(vertex: TraceVertex): void {
    const step = this.steps.get(vertex.digest)
    if (!step || vertex.completedAt === undefined || step.isDone) return
    for (const open of step.open.values()) this.say(step, open.text)
    step.open.clear()
    step.isDone = true
    step.error = vertex.error
    if (!isShown(vertex.name)) return
    const durationMs = Math.max(0, vertex.completedAt - (vertex.startedAt ?? vertex.completedAt))
    this.onLine({ kind: 'done', step: step.name, text: vertex.error, cached: vertex.cached, durationMs })
  }

  private print(log: TraceLog): void {
    const step = this.steps.get(log.vertex)
    if (!step) return
    const open = step.open.get(log.stream) ?? { decoder: new TextDecoder(), text: '' }
    step.open.set(log.stream, open)
    const lines = (open.text + open.decoder.decode(log.text, { stream: true })).split('\n')
    open.text = lines.pop() ?? ''
    for (const line of lines) this.say(step, line, true)
    for (; open.text.length > maxLineLength; open.text = open.text.slice(maxLineLength)) {
      this.say(step, open.text.slice(0, maxLineLength))
    }
  }

  private say(step: Step, line: string, isWhole = false): void {
    // A progress bar draws over its own line: only what is left standing is said.
    const text = leftStanding(line)
    if (text === '' && !isWhole) return
    step.lastLines = [...step.lastLines, text].slice(-keptLines)
    for (let start = 0; start === 0 || start < text.length; start += maxLineLength) {
      this.onLine({ kind: 'output', step: step.name, text: text.slice(start, start + maxLineLength) })
    }
  }

  private explain(said: string): ReportedFailure {
    const failed = [...this.steps.values()].find((step) => step.error !== '' && !/context canceled/.test(step.error))
    const message = said.replace(wrapping, '')
    const exit = [...said.matchAll(/exit code: (\d+)/g)].at(-1)?.[1]
    const exitCode = exit === undefined ? undefined : Number(exit)
    const step = failed?.name
    const output = failed?.lastLines ?? []
    if (exitCode === 137 || (exitCode !== undefined && output.some((line) => ranOutOfMemory.test(line)))) {
      return { reason: 'out_of_memory', message, step, exitCode }
    }
    if (/failed to read dockerfile.*no such file|cannot locate.*dockerfile/is.test(said)) {
      return { reason: 'dockerfile_not_found', message, step: undefined, exitCode: undefined }
    }
    const isAboutImage = /load metadata for|resolve image config for|^(?:\[.*\] )?FROM /.test(step ?? '')
    const isRefused = exitCode === undefined && (isAboutImage || said.search(registryRefusal) !== -1)
    return { reason: isRefused ? 'registry' : 'failed', message, step, exitCode }
  }
}

/** What a line looks like after each of its carriage returns went back to its beginning. */
function leftStanding(line: string): string {
  let end = line.length
  while (line[end - 1] === '\r') end -= 1
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end)
}

/** The daemon repeats a whole command, which may be huge, and ends with what became of it. */
function shortened(message: string): string {
  const [head, tail] = [message.slice(0, keptHead), message.slice(keptHead).slice(-keptTail)]
  return head.length + tail.length < message.length ? `${head} […] ${tail}` : message
}

/** What the daemon puts before the cause. */
const wrapping = either(
  'failed to solve(?: with frontend [^:]+)?: ',
  'rpc error: code = \\w+ desc = ',
  'failed to create LLB definition: ',
  'failed to (?:compute|load) cache key: ',
)
const ranOutOfMemory = /(?:^|\s)Killed$|JavaScript heap out of memory/
const registryRefusal = either(
  'pull access denied',
  'failed to resolve source metadata',
  'failed to authorize',
  'manifest unknown',
  'toomanyrequests',
  'no match for platform in manifest',
)

function either(...patterns: string[]): RegExp {
  return new RegExp(patterns.join('|'), 'gi')
}

/** How the builder calls the loading of what we send. */
const contextStep = 'copy /context /'

/** The builder's own preparations are not steps of the Dockerfile. */
function isShown(name: string): boolean {
  return !name.startsWith('[internal]') && name !== contextStep
}
