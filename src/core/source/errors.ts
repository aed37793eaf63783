import { HandcarError } from '../../kernel/errors.ts'

/** The commit is larger than a build context may be. A deployment that meets this has failed, not the server. */
export function sourceTooLarge(why: string): HandcarError {
  return new HandcarError({
    code: 'source.too_large',
    kind: 'limit',
    message: why,
    hint: 'Remove large files from the commit, or list them in .dockerignore',
  })
}

/** git's archive holds something that a commit cannot hold. */
export function unreadableArchive(why: string): HandcarError {
  return new HandcarError({
    code: 'source.unreadable_archive',
    kind: 'invalid',
    message: `The files of the commit cannot be read: ${why}`,
    hint: 'Check the repository with git fsck, then push again',
  })
}
