import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface Program {
  pid: number
  /** Asks it to end, waits, ends it by force after ten seconds. */
  stop(): Promise<void>
  hasEnded(): boolean
}

/** Starts a program that goes on until it is stopped; what it says goes to a file. */
export function startProgram(
  path: string,
  args: readonly string[],
  options: { environment: Record<string, string>; logFile: string },
): Program {
  const log = openSync(options.logFile, 'a')
  const child: ChildProcess = spawn(path, [...args], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, ...options.environment },
    // Ctrl-C is for the benchmark, which ends its programs in order.
    detached: true,
  })
  closeSync(log)
  const exited = once(child, 'exit')
  exited.catch(() => undefined)
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid: child.pid ?? 0,
    hasEnded,
    async stop() {
      if (!hasEnded()) child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
      if (!hasEnded()) await exited
      clearTimeout(force)
      process.off('exit', endWithUs)
    },
  }
}

/** Last lines of a program's log, for an error message. */
export function lastLines(logFile: string, count = 15): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}

/** Memory of a process in bytes: all of it in RAM, and the part that is not a file's. */
export function memoryOf(pid: number): { residentBytes: number; anonymousBytes: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024
  return { residentBytes: bytes('VmRSS'), anonymousBytes: bytes('RssAnon') }
}

/** Linux counts processor time for user space in hundredths of a second. */
const ticksPerSecond = 100

/** Processor time that a process has used since its start, all threads. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything; fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
