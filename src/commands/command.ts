import { errorText, HandcarError } from '../kernel/errors.ts'

/** One command of the command line. Answers its exit code; throws {@link HandcarError} for what a person can mend. */
export type Command = (args: string[]) => Promise<number>

/** Exit codes; the client commands to come use the rest of the numbers. */
export const exitCodes = { done: 0, failed: 1, usage: 2, notAllowed: 3, notFound: 4 } as const

/** Prints what a program may read. A reader that has gone ends the command quietly; a full disk is said. */
export function print(text: string): void {
  if (process.stdout.listenerCount('error', leaveWithoutOutput) === 0) process.stdout.on('error', leaveWithoutOutput)
  process.stdout.write(`${text}\n`)
}

function leaveWithoutOutput(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EPIPE') printError(`What this command says could not be written: ${error.message}`)
  process.exit(exitCodes.failed)
}

/** ` !     what, why, what to do`, on standard error. */
export function printError(text: string): void {
  const [first = '', ...rest] = text.split('\n')
  process.stderr.write(`${[` !     ${first}`, ...rest.map((line) => ` !     ${line}`)].join('\n')}\n`)
}

/** Thrown for `--help`: not a failure, but the command does nothing else. */
class UsageAsked extends Error {}

export function usageError(message: string, usage: string): HandcarError {
  return new HandcarError({ code: 'command.usage', kind: 'invalid', message, hint: usageLine(usage) })
}

function usageLine(usage: string): string {
  return `Usage: handcar ${usage}`
}

/** For what only root may read: says so in one line. Any other failure stays what it is. */
export function notAllowed(error: unknown, what: string): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) return error
  const message = `${what} can be read by root alone: run this command as root, for example with sudo`
  return new HandcarError({ code: 'command.not_allowed', kind: 'forbidden', message, cause: error })
}

/** The arguments of a command that takes exactly so many, and the options that it knows. */
export function readArguments(
  args: string[],
  expected: { count: number; options?: readonly string[]; usage: string },
): { values: string[]; options: Set<string> } {
  const options = new Set<string>()
  const values: string[] = []
  if (args.some((argument) => ['--help', '-h'].includes(argument))) throw new UsageAsked(usageLine(expected.usage))
  for (const argument of args) {
    if (!argument.startsWith('-')) values.push(argument)
    else if (expected.options?.includes(argument)) options.add(argument)
    else throw usageError(`There is no option ${argument} here`, expected.usage)
  }
  if (values.length < expected.count) throw usageError('Something is missing', expected.usage)
  if (values.length > expected.count) throw usageError(`"${values[expected.count]}" is one too many`, expected.usage)
  return { values, options }
}

/** Says what went wrong and gives the exit code for it. */
export function reportFailure(error: unknown): number {
  if (error instanceof UsageAsked) {
    print(error.message)
    return exitCodes.done
  }
  if (!(error instanceof HandcarError)) {
    printError(`Handcar failed: ${errorText(error)}`)
    if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`)
    return exitCodes.failed
  }
  printError([error.message, error.hint].filter((line) => line !== undefined).join('\n'))
  if (error.kind === 'invalid') return exitCodes.usage
  if (error.kind === 'not_found') return exitCodes.notFound
  return error.kind === 'forbidden' || error.kind === 'unauthenticated' ? exitCodes.notAllowed : exitCodes.failed
}
