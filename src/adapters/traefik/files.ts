import { chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../../kernel/atomic-file.ts'
import { ifAbsent } from '../../kernel/errors.ts'

export interface TraefikFiles {
  /** Static configuration. */
  config: string
  /** Directory that Traefik watches; ours alone, for another file in it could stop or shadow ours. */
  dynamic: string
  /** The routing table. */
  table: string
  /** Beside `dynamic`, so that a file that is being written is never read. */
  stage: string
  logs: string
  certificate: string
  key: string
}

export function filesIn(directory: string): TraefikFiles {
  const dynamic = join(directory, 'dynamic')
  return {
    config: join(directory, 'traefik.yml'),
    dynamic,
    table: join(dynamic, 'handcar.yml'),
    stage: join(directory, '.stage'),
    logs: join(directory, 'log'),
    certificate: join(directory, 'default.crt'),
    key: join(directory, 'default.key'),
  }
}

/** Makes a directory that Traefik's user has to pass, whatever our umask is. One that is there stays as it is. */
export async function makeReadable(directory: string): Promise<void> {
  if ((await mkdir(directory, { recursive: true })) !== undefined) await chmod(directory, 0o755)
}

/** Replaces a file that Traefik's user has to read, whatever our umask is. */
export async function writeReadable(path: string, text: string, stageDirectory: string): Promise<void> {
  await writeAtomically(path, text, { mode: 0o644, stageDirectory })
  const { mode } = await stat(path)
  if ((mode & 0o777) !== 0o644) await chmod(path, 0o644)
}

/** `undefined` when there is no such file. */
export async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(ifAbsent)
}
