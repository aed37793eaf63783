import { Readable } from 'node:stream'
import { type PackOptions, pack } from 'tar-fs'
import { HandcarError } from '../../kernel/errors.ts'
import { type DockerConnection, engineFailed } from './connect.ts'
import { jsonLines, property, textProperty } from './json-lines.ts'

/** Repositories of stand-ins begin so; nothing of ours may be taken for an official image. */
export const standInPrefix = 'handcar-base/'

export interface RootFileSystemOptions {
  /** Variables of the image. */
  env: Record<string, string>
  labels: Record<string, string>
  command?: string[]
  /** User id that owns a folder and what is in it, by path from the root; all else is root's. */
  owners?: Record<string, number>
}

/** Makes an image of one layer out of a folder. All of it is readable by any user. */
export async function importRootFileSystem(
  connection: DockerConnection,
  directory: string,
  reference: string,
  options: RootFileSystemOptions,
): Promise<void> {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(reference) ?? []
  if (!reference.startsWith(standInPrefix) || repository === undefined || tag === undefined) {
    throw new Error(`${reference} is not a name for a stand-in image`)
  }
  const answer = await connection.open({
    method: 'POST',
    path: '/images/create',
    query: { fromSrc: '-', repo: repository, tag, changes: changesOf(options) },
    headers: { 'Content-Type': 'application/x-tar' },
    body: Readable.from(packRoot(directory, options.owners ?? {})),
    timeoutMs: 10 * 60_000,
  })
  if (!answer.ok) throw engineFailed(answer.message)
  for await (const said of jsonLines(answer.value.body)) {
    const failure = property(said, 'errorDetail')
    if (failure !== undefined) throw importFailed(reference, textProperty(failure, 'message'))
  }
}

function packRoot(directory: string, owners: Record<string, number>) {
  const options: PackOptions & { umask: number } = {
    // Modes as they are on disk: without this the umask of our process would take /tmp from ordinary users.
    umask: 0,
    map(header) {
      const owner = Object.entries(owners).find(([path]) => header.name === path || header.name.startsWith(`${path}/`))
      const isOpen = header.type === 'directory' || (header.mode & 0o100) !== 0
      const id = owner?.[1] ?? 0
      return { ...header, uid: id, gid: id, mode: header.mode | (isOpen ? 0o555 : 0o444) }
    },
  }
  return pack(directory, options)
}

/** As instructions of a Dockerfile; their quoting is that of JSON, with the dollar sign kept from expansion. */
function changesOf({ env, labels, command }: RootFileSystemOptions): string[] {
  const quote = (value: string) => JSON.stringify(value).replaceAll('$', '\\$')
  return [
    ...Object.entries(env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${quote(value)}`),
    ...(command ? [`CMD ${JSON.stringify(command)}`] : []),
  ]
}

function importFailed(reference: string, message: string): HandcarError {
  return new HandcarError({
    code: 'engine.import_failed',
    kind: 'unavailable',
    message: `The image ${reference} could not be made: ${message}`,
    hint: 'Look at the free disk space of the server and try again.',
  })
}
