import type { Ctx } from '../ctx.ts'
import { isSha, repositoryPath, tryGit } from './git.ts'
import { plainText } from './plain-text.ts'

export interface Commit {
  sha: string
  /** Both safe to print: one line, no control characters. */
  subject: string
  author: string
  isEmpty: boolean
}

/** Tree without entries, the same in every repository. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
/** git pads and cuts these by itself, so that a message of megabytes does not come through the pipe. */
const format = '%H%n%T%n%<(100,trunc)%an%n%<(250,trunc)%s'

/** Undefined when it is not a commit: absent, or a tag, a tree, a file. */
export async function readCommit(ctx: Ctx, serviceId: string, sha: string): Promise<Commit | undefined> {
  if (!isSha(sha)) return undefined
  const args = ['rev-list', '--max-count=1', `--format=${format}`, sha, '--']
  const { exitCode, stdout } = await tryGit(repositoryPath(ctx, serviceId), args, { maxBytes: 1024 * 1024 })
  if (exitCode !== 0) return undefined
  const [, found, tree, author = '', subject = ''] = stdout.toString('utf8').split('\n')
  if (found !== sha) return undefined
  return {
    sha,
    subject: plainText(subject.trim(), 200),
    author: plainText(author.trim(), 100),
    isEmpty: tree === emptyTree,
  }
}
