import { type ChildProcess, spawn } from 'node:child_process'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { HandcarError } from './errors.ts'

export interface SpawnOptions {
  directory?: string
  /** The whole environment of the child; nothing is inherited but PATH. */
  environment?: Record<string, string>
  /** Extra descriptors from 3 on, each a pipe that works in both directions. */
  extraPipes?: number
  signal?: AbortSignal
}

export interface RunningProcess {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** The extra pipes, in order. */
  pipes: Array<Readable & Writable>
  /** Resolves when it has ended and its output is read; never rejects. */
  ended: Promise<{ exitCode: number | undefined; signal: string | undefined; error: Error | undefined }>
  kill(signal?: NodeJS.Signals): void
}

/** The only spawner: an argument array, never a shell, an explicit environment, a process group that dies as one. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): RunningProcess {
  const extra = Array.from({ length: options.extraPipes ?? 0 }, () => 'pipe' as const)
  const child: ChildProcess = spawn(command, [...args], {
    cwd: options.directory,
    env: { PATH: searchPath, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe', ...extra],
    shell: false,
    detached: true,
  })
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => killGroup(child, signal)
  const onAbort = () => kill('SIGKILL')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()
  const ended = new Promise<Awaited<RunningProcess['ended']>>((resolve) => {
    let failure: Error | undefined
    child.once('error', (error) => {
      failure = error
      if (child.pid === undefined) resolve({ exitCode: undefined, signal: undefined, error })
    })
    child.once('close', (code, signal) => {
      options.signal?.removeEventListener('abort', onAbort)
      resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, error: failure })
    })
  })
  const { stdin } = child
  if (stdin === null || child.stdout === null || child.stderr === null)
    throw new Error('a spawned process has no pipes')
  /* Node throws away what nobody has begun to read when a child exits; in a stream of our own it waits. */
  const stdout = child.stdout.pipe(new PassThrough())
  const stderr = child.stderr.pipe(new PassThrough())
  stdin.on('error', heardElsewhere)
  const pipes = child.stdio.slice(3).map((pipe) => pipe as Readable & Writable)
  for (const pipe of pipes) pipe.on('error', heardElsewhere)
  return { stdin, stdout, stderr, pipes, ended, kill }
}

export interface RunOptions extends SpawnOptions {
  input?: string | Uint8Array
  timeoutMs?: number
  /** More output than this is an error. */
  maxBytes?: number
}

export interface ProcessResult {
  exitCode: number | undefined
  stdout: Buffer
  stderr: string
}

/** Runs to the end and gives what it printed. A non-zero exit is an answer; a time-out or too much output throws. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<ProcessResult> {
  const child = start(command, args, options)
  const timeoutMs = options.timeoutMs ?? 30_000
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, timeoutMs)
  child.stdin.end(options.input)
  try {
    const [stdout, stderr] = await Promise.all([
      collect(child.stdout, options.maxBytes ?? 64 * 1024 * 1024, child),
      collect(child.stderr, 1024 * 1024, child),
    ])
    const { exitCode, error } = await child.ended
    if (error) throw processError('process.cannot_start', `${command} could not be started`, error)
    if (late) throw processError('process.timeout', `${command} did not finish within ${timeoutMs / 1000} s`)
    return { exitCode, stdout, stderr: stderr.toString('utf8') }
  } finally {
    clearTimeout(timer)
  }
}

async function collect(stream: Readable, maxBytes: number, child: RunningProcess): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    const bytes = part as Buffer
    size += bytes.length
    if (size > maxBytes) {
      child.kill('SIGKILL')
      throw processError('process.too_much_output', `a program printed more than ${maxBytes} bytes`)
    }
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH'
}

/**
 * The other end may leave first; its exit code tells the story. Whatever else breaks came from who feeds the pipe, and
 * is told there: an error that nobody listens for would end the whole server.
 */
function heardElsewhere(): undefined {
  return undefined
}

function processError(code: string, message: string, cause?: unknown): HandcarError {
  return new HandcarError({ code, kind: code === 'process.timeout' ? 'timeout' : 'unavailable', message, cause })
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
