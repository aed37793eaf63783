import pino from 'pino'

/** One line of JSON per event on standard output; the journal keeps it. Values under secret names never show. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
  debug(fields: Record<string, unknown>, message: string): void
}

const secretPaths = ['password', 'token', 'secret', 'authorization', 'cookie', 'value']

export function createLog(level = 'info'): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    },
    pino.destination({ fd: 1, sync: true }),
  )
}

/** For commands that print for people, and for tests. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
}
