import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RunningProcess, run, start } from '../../../src/kernel/process.ts'

/** A person's clone, with the real git client. */
export interface WorkTree extends AsyncDisposable {
  path: string
  /** Writes files, commits them, gives the commit. */
  commit(files: Record<string, string>, message?: string): Promise<string>
  git(...args: string[]): Promise<GitAnswer>
  push(...args: string[]): Promise<GitAnswer>
  /** A tree of one entry, unchecked: `<mode> <name>` with a zero byte at its end. Its hash. */
  writeTree(entry: string, blob: string): Promise<string>
  startGit(...args: string[]): RunningProcess
}

export interface GitAnswer {
  exitCode: number | undefined
  stdout: string
  stderr: string
}

/** What the server said to the person, line by line. */
export function linesOf({ stderr }: GitAnswer): string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.slice('remote: '.length).replaceAll('\u001b[K', '').trimEnd())
}

const environment = {
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@lantern.test',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@lantern.test',
  LC_ALL: 'C.UTF-8',
}

export async function workTree(): Promise<WorkTree> {
  const path = await mkdtemp(join(tmpdir(), 'handcar-work-'))
  const git = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run('git', args, { directory: path, environment, timeoutMs: 60_000 })
    return { exitCode, stdout: stdout.toString('utf8'), stderr }
  }
  await git('init', '--quiet', '--initial-branch=main')
  return {
    path,
    git,
    push: (...args) => git('push', ...args),
    async writeTree(entry, blob) {
      const input = Buffer.concat([Buffer.from(entry, 'latin1'), Buffer.from(blob, 'hex')])
      const args = ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin']
      const { stdout } = await run('git', args, { directory: path, environment, input })
      return stdout.toString('utf8').trim()
    },
    startGit: (...args) => start('git', args, { directory: path, environment }),
    async commit(files, message = 'Change') {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), text)
      }
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', message)
      return (await git('rev-parse', 'HEAD')).stdout.trim()
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
