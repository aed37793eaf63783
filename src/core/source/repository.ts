import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { writeAtomically } from '../../kernel/atomic-file.ts'
import { assert, errorText } from '../../kernel/errors.ts'
import { newSecret } from '../../kernel/ids.ts'
import type { Ctx } from '../ctx.ts'
import { git, isSha, repositoriesPath, repositoryPath } from './git.ts'

/** One making of a repository at a time; the second asker waits for the first. */
const making = new Map<string, Promise<void>>()

/** The service's bare repository, made on first use. Its path. */
export async function ensureRepository(ctx: Ctx, serviceId: string): Promise<string> {
  return ensureAt(repositoryPath(ctx, serviceId))
}

/** A repository without anything in it: what a name that does not exist yet shows to a first push. */
export async function ensureEmptyRepository(ctx: Ctx): Promise<string> {
  return ensureAt(join(repositoriesPath(ctx), 'empty.git'))
}

export async function removeRepository(ctx: Ctx, serviceId: string): Promise<void> {
  await rm(repositoryPath(ctx, serviceId), { recursive: true, force: true })
}

async function ensureAt(path: string): Promise<string> {
  if (existsSync(path)) return path
  const running = making.get(path) ?? make(path).finally(() => making.delete(path))
  making.set(path, running)
  await running
  return path
}

/** Made beside and renamed in, so that a crash leaves no half of one. */
async function make(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const stage = `${path}.stage-${newSecret(6)}`
  await git(stage, ['init', '--bare', '--quiet', '--initial-branch=main', '--object-format=sha1', '--template='])
  await mkdir(join(stage, 'info'), { recursive: true })
  /* Wins over `.gitattributes` of the commit, which could take files out of the archive or write into them. */
  await writeFile(join(stage, 'info', 'attributes'), '* -export-ignore -export-subst\n')
  await rename(stage, path)
}

/** Keeps a commit from being cleaned up, before any row names it. */
export async function holdCommit(ctx: Ctx, serviceId: string, sha: string): Promise<void> {
  await updateRefs(repositoryPath(ctx, serviceId), { [heldPrefix + sha]: sha })
}

/** Keeps the commit of a deployment, once there is one. */
export async function pinCommit(ctx: Ctx, serviceId: string, deploymentId: string, sha: string): Promise<void> {
  assert(/^[0-9a-f-]{36}$/.test(deploymentId), 'a commit is pinned by the id of its deployment')
  await updateRefs(repositoryPath(ctx, serviceId), { [pinnedPrefix + deploymentId]: sha })
}

/** Lets the branch follow what is live now, and clones begin with it. Again is fine. */
export async function moveBranch(ctx: Ctx, serviceId: string, branch: string, sha: string): Promise<void> {
  assert(isBranchName(branch), 'only branches with a checked name are moved')
  const path = repositoryPath(ctx, serviceId)
  await updateRefs(path, { [`refs/heads/${branch}`]: sha })
  const head = `ref: refs/heads/${branch}\n`
  if ((await readFile(join(path, 'HEAD'), 'utf8')) !== head) await writeAtomically(join(path, 'HEAD'), head)
}

/** By the NUL form of standard input: no name is ever an argument. */
async function updateRefs(path: string, wanted: Record<string, string>): Promise<void> {
  const commands = Object.entries(wanted).map(([ref, sha]) => {
    assert(isSha(sha), 'a ref points at 40 hex digits')
    return `update ${ref}\0${sha}\0\0`
  })
  await editRefs(path, commands.join(''))
}

/** Commands of `git update-ref --stdin -z`, all or none. A lock that a killed git has left is removed first. */
export async function editRefs(path: string, input: string): Promise<void> {
  const update = () => git(path, ['update-ref', '--stdin', '-z'], { input })
  await update().catch(async (error: unknown) => {
    if (!(await removeStaleLock(path, errorText(error)))) throw error
    await update()
  })
}

/** What git holds longer than this was left by one that was killed: none of ours may take as long with refs. */
const staleLockMs = 60_000

/** Removes the lock file that git's words name, if it is one of this repository and old. False when it is not. */
async function removeStaleLock(path: string, words: string): Promise<boolean> {
  const lock = /'([^']+\.lock)': File exists/.exec(words)?.[1]
  if (lock === undefined || !resolve(lock).startsWith(`${resolve(path)}/`)) return false
  const found = await stat(lock).catch(() => undefined)
  if (!found || Date.now() - found.mtimeMs < staleLockMs) return false
  await rm(lock, { force: true })
  return true
}

/** Refs that only we see and move: by commit, before a row names it; by deployment, after. */
export const heldPrefix = 'refs/handcar/commits/'
export const pinnedPrefix = 'refs/handcar/deployments/'

/** Branch names that Handcar takes: a closed grammar inside what git allows (`git check-ref-format`). */
export function isBranchName(name: string): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/.test(name) || name === 'HEAD') return false
  return name.split('/').every((part) => part !== '' && !/^[.-]|\.\.|\.$|\.lock$/.test(part))
}
