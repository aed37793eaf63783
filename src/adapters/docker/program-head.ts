import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import type { ContainerInspectInfo } from 'dockerode'
import type { DockerConnection } from './connect.ts'
import { textProperty } from './json-lines.ts'
import { startedProgram } from './start-command.ts'

const headBytes = 256
const blockBytes = 512
const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** First bytes of the program a container starts, found as its own search path would find it. */
export async function programHead(
  connection: DockerConnection,
  container: ContainerInspectInfo,
): Promise<Uint8Array | undefined> {
  const program = startedProgram(container.Path, container.Args)
  if (program === undefined) return undefined
  for (const path of candidates(program, container)) {
    const file = await resolveFile(connection, container.Id, path)
    if (file !== undefined) return readHead(connection, container.Id, file)
  }
  return undefined
}

/** Where the program may lie: as a path from the working directory, or by its name in each folder of PATH. */
function candidates(program: string, { Config: config }: ContainerInspectInfo): string[] {
  if (program.includes('/')) return [posix.resolve(config.WorkingDir || '/', program)]
  const searchPath = config.Env?.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length)
  const folders = (searchPath ?? defaultSearchPath).split(':').filter((folder) => folder.startsWith('/'))
  return folders.map((folder) => posix.join(folder, program))
}

/** The file behind `path`, through a symbolic link; undefined when there is no regular file. */
async function resolveFile(connection: DockerConnection, id: string, path: string): Promise<string | undefined> {
  const stat = await statOf(connection, id, path)
  if (stat === undefined || stat.isFolder) return undefined
  return stat.linkTarget === '' ? path : posix.resolve(posix.dirname(path), stat.linkTarget)
}

async function statOf(connection: DockerConnection, id: string, path: string) {
  const address = `/containers/${id}/archive`
  const answer = await connection.open({ method: 'HEAD', path: address, query: { path } })
  if (!answer.ok) return undefined
  answer.value.body.resume()
  const header = String(answer.value.headers['x-docker-container-path-stat'] ?? '')
  const stat: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8') || '{}')
  // Go's file mode: the highest bit marks a folder.
  const mode = Number(typeof stat === 'object' && stat !== null && 'mode' in stat ? stat.mode : 0)
  return { isFolder: mode >= 2 ** 31, linkTarget: textProperty(stat, 'linkTarget') }
}

async function readHead(connection: DockerConnection, id: string, path: string): Promise<Uint8Array | undefined> {
  const answer = await connection.open({ method: 'GET', path: `/containers/${id}/archive`, query: { path } })
  if (!answer.ok) return undefined
  try {
    return await firstFileBytes(answer.value.body)
  } finally {
    answer.value.body.destroy()
  }
}

/** Beginning of the first regular file of a tar stream, at most {@link headBytes}. */
export async function firstFileBytes(body: Readable): Promise<Uint8Array | undefined> {
  let rest = Buffer.alloc(0)
  for await (const part of body) {
    rest = Buffer.concat([rest, part as Buffer])
    for (;;) {
      if (rest.length < blockBytes) break
      const kind = String.fromCharCode(rest[156] ?? 0)
      const size = Number.parseInt(rest.subarray(124, 136).toString('latin1').replace(/\0.*$/, '').trim() || '0', 8)
      const isFile = kind === '0'
      const wanted = isFile ? Math.min(size, headBytes) : Math.ceil(size / blockBytes) * blockBytes
      if (rest.length < blockBytes + wanted) break
      if (isFile) return Uint8Array.from(rest.subarray(blockBytes, blockBytes + wanted))
      // An extended header before the file; anything else (a link, a folder, the end) has no content to show.
      if (kind !== 'x' && kind !== 'g') return undefined
      rest = rest.subarray(blockBytes + wanted)
    }
  }
  return undefined
}
