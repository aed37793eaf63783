import { join } from 'node:path'
import { assert, HandcarError } from '../../kernel/errors.ts'
import { type ProcessResult, type RunningProcess, run, type SpawnOptions, start } from '../../kernel/process.ts'
import type { Ctx } from '../ctx.ts'

/** Repositories are named by id on disk; names that people choose never reach the file system. */
export function repositoryPath(ctx: Ctx, serviceId: string): string {
  assert(/^[0-9a-f-]{36}$/.test(serviceId), 'a repository is named by the id of its service')
  return join(repositoriesPath(ctx), `${serviceId}.git`)
}

export function repositoriesPath(ctx: Ctx): string {
  return join(ctx.config.dataDirectory, 'repos')
}

/** Nothing of the machine's or a person's git settings, no questions, no replaced objects, no network. */
const environment = {
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  LC_ALL: 'C.UTF-8',
}

/**
 * Hooks are off unless a caller turns its own on, git never collects garbage by itself, and what it has acknowledged
 * is on disk (loose objects are not, by default).
 */
const settings = [
  'safe.directory=*',
  'core.hooksPath=/dev/null',
  'core.fsync=all',
  'core.fsyncMethod=batch',
  'gc.auto=0',
  'log.showSignature=false',
]

export interface GitOptions {
  /** `name=value`, in addition to those that always hold. */
  settings?: readonly string[]
  environment?: Record<string, string>
  input?: string | Uint8Array
  timeoutMs?: number
  maxBytes?: number
}

/** Runs git in a bare repository. A non-zero exit throws: callers only ask what the repository can answer. */
export async function git(path: string, args: readonly string[], options: GitOptions = {}): Promise<ProcessResult> {
  const result = await tryGit(path, args, options)
  if (result.exitCode !== 0) {
    throw new HandcarError({
      code: 'source.git_failed',
      kind: 'unavailable',
      message: `git ${args[0] ?? ''} failed: ${result.stderr.trim().slice(0, 1000) || `exit ${result.exitCode}`}`,
    })
  }
  return result
}

/** The same, with the exit code as an answer. */
export function tryGit(path: string, args: readonly string[], options: GitOptions = {}): Promise<ProcessResult> {
  return run('git', [...settingArgs(options.settings), '--git-dir', path, ...args], {
    environment: { ...environment, ...options.environment },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  })
}

/** Starts git and leaves it running; `args` carry the repository where the command wants it. */
export function startGit(
  args: readonly string[],
  options: Pick<GitOptions, 'settings' | 'environment'> & Pick<SpawnOptions, 'extraPipes' | 'signal'> = {},
): RunningProcess {
  return start('git', [...settingArgs(options.settings), ...args], {
    environment: { ...environment, ...options.environment },
    ...(options.extraPipes === undefined ? {} : { extraPipes: options.extraPipes }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
}

function settingArgs(extra: readonly string[] = []): string[] {
  return [...settings, ...extra].flatMap((setting) => ['-c', setting])
}

/** What reaches git in place of a name: 40 hex digits. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}
