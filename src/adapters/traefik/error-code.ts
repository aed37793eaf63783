/** The system's code of an error, like `ENOENT` or `ECONNREFUSED`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
