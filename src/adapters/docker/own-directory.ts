import { lstat, mkdir } from 'node:fs/promises'
import { HandcarError } from '../../kernel/errors.ts'

/**
 * A directory that nobody but us can read or write, made when it is not there: what lies in it becomes a program that
 * root runs. Refused when somebody else could have put something into it, also through a link.
 */
export async function ownDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return path
  const mode = (found.mode & 0o777).toString(8)
  throw new HandcarError({
    code: 'engine.foreign_directory',
    kind: 'forbidden',
    message: `${path} is no directory that belongs to us alone (owner ${found.uid}, mode ${mode})`,
    hint: 'Nothing that lies in it is trusted. Remove it and run the same command again',
  })
}
