import { isHandcarError } from '../../kernel/errors.ts'
import { type FileMap, fileMap, listedDepth, normalRoot, readableBytes, wantedFiles } from '../build/file-map.ts'
import type { Ctx } from '../ctx.ts'
import { sourceTooLarge } from './errors.ts'
import { git, repositoryPath } from './git.ts'

/** A listing of more than this is not an app; some 500,000 files. */
const listingBytesMax = 64 * 1024 * 1024
const textBytesMax = 8 * 1024 * 1024

interface Blob {
  path: string
  sha: string
  bytes: number
}

/**
 * What detection may know of a commit: its paths, from the top of the repository, and the texts of the few files that
 * plans are made from. Files are read out of git, never checked out; a symbolic link is a path that cannot be read.
 * Throws `source.too_large`.
 */
export async function fileMapOf(ctx: Ctx, serviceId: string, sha: string, rootDirectory?: string): Promise<FileMap> {
  const path = repositoryPath(ctx, serviceId)
  const { paths, blobs } = await listTree(path, sha)
  const root = normalRoot(rootDirectory)
  const depth = listedDepth + (root === undefined || root === '' ? 0 : root.split('/').length)
  const listed = paths.filter((name) => name.split('/', depth + 1).length <= depth)
  const wanted = new Set(wantedFiles(listed, rootDirectory))
  const readable = blobs.filter((blob) => wanted.has(blob.path) && blob.bytes <= readableBytes)
  return fileMap(listed, await readTexts(path, withinTotal(readable)))
}

/** All files of a commit; links and submodules are paths only. */
async function listTree(path: string, sha: string): Promise<{ paths: string[]; blobs: Blob[] }> {
  const args = ['ls-tree', '-r', '-z', '--long', '--full-tree', sha]
  const { stdout } = await git(path, args, { maxBytes: listingBytesMax }).catch((error: unknown) => {
    if (!isHandcarError(error) || error.code !== 'process.too_much_output') throw error
    throw sourceTooLarge('The commit has more files than Handcar takes')
  })
  const paths: string[] = []
  const blobs: Blob[] = []
  for (const entry of stdout.toString('utf8').split('\0')) {
    const found = /^(\d{6}) (\w+) ([0-9a-f]{40}) +(\d+|-)\t(.+)$/s.exec(entry)
    const [, mode, kind, blobSha, size, name] = found ?? []
    if (name === undefined || blobSha === undefined) continue
    paths.push(name)
    if (kind === 'blob' && mode !== '120000') blobs.push({ path: name, sha: blobSha, bytes: Number(size) })
  }
  return { paths, blobs }
}

/** A commit can name the same small file under many wanted names; together they stay bounded. */
function withinTotal(blobs: Blob[]): Blob[] {
  let total = 0
  return blobs.filter(({ bytes }) => {
    total += bytes
    return total <= textBytesMax
  })
}

async function readTexts(path: string, blobs: Blob[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  if (blobs.length === 0) return texts
  const input = blobs.map(({ sha }) => `${sha}\n`).join('')
  const { stdout } = await git(path, ['cat-file', '--batch'], { input, maxBytes: 2 * textBytesMax })
  let at = 0
  for (const blob of blobs) {
    /* `<sha> blob <size>`, a line feed, the bytes, a line feed. */
    const start = stdout.indexOf(10, at) + 1
    const text = readableText(stdout.subarray(start, start + blob.bytes))
    if (text !== undefined) texts.set(blob.path, text)
    at = start + blob.bytes + 1
  }
  return texts
}

/** Undefined for what is not text. */
function readableText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
