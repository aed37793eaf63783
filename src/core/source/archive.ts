import { Readable } from 'node:stream'
import { HandcarError } from '../../kernel/errors.ts'
import type { RunningProcess } from '../../kernel/process.ts'
import { normalRoot } from '../build/file-map.ts'
import type { Ctx } from '../ctx.ts'
import { unreadableArchive } from './errors.ts'
import { filterTar } from './filter-tar.ts'
import { isSha, repositoryPath, startGit } from './git.ts'

/** A build context at most. */
const bytesMax = 1024 * 1024 * 1024
const entriesMax = 200_000

export interface ArchiveOptions {
  /** Whether a path of the root directory stays out of the context. */
  ignore(path: string): boolean
  /** Generated files, path → text. */
  extraFiles?: ReadonlyMap<string, string>
  bytesMax?: number
}

/**
 * The files of a commit as a tar stream: what the builder is sent. Nothing of it ever lies on the host's disk.
 * An error (`source.too_large`, a root directory that is not there) destroys the stream with itself; destroying the
 * stream ends git.
 */
export function archive(
  ctx: Ctx,
  serviceId: string,
  sha: string,
  rootDirectory: string | undefined,
  options: ArchiveOptions,
): Readable {
  const root = normalRoot(rootDirectory)
  if (!isSha(sha) || root === undefined) throw unreadableArchive('the root directory leaves the repository')
  const tree = root === '' ? sha : `${sha}:${root}`
  return Readable.from(read(repositoryPath(ctx, serviceId), tree, options), { objectMode: false })
}

/** git starts with the first read: a stream that is destroyed before leaves nothing behind. */
async function* read(path: string, tree: string, options: ArchiveOptions): AsyncGenerator<Buffer> {
  const child = startGit(['--git-dir', path, 'archive', '--format=tar', tree])
  child.stdin.end()
  const said = firstText(child.stderr)
  try {
    yield* filterTar(wholeOutput(child, said), {
      ignore: options.ignore,
      extraFiles: options.extraFiles ?? new Map(),
      bytesMax: options.bytesMax ?? bytesMax,
      entriesMax,
    })
  } finally {
    child.kill('SIGKILL')
  }
}

/** What git writes; when it fails, its own words in place of an end that comes too early. */
async function* wholeOutput(child: RunningProcess, said: Promise<string>): AsyncGenerator<Buffer> {
  for await (const piece of child.stdout) yield piece as Buffer
  const { exitCode, error } = await child.ended
  if (exitCode === 0) return
  throw new HandcarError({
    code: 'source.git_failed',
    kind: 'unavailable',
    message: `git archive failed: ${error?.message ?? (await said)}`,
  })
}

async function firstText(stream: Readable): Promise<string> {
  let text = ''
  for await (const piece of stream) if (text.length < 500) text += String(piece)
  return text.trim().slice(0, 500)
}
