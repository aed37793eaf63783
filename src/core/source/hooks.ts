import { existsSync, realpathSync } from 'node:fs'
import { mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isSea } from 'node:sea'
import { writeAtomically } from '../../kernel/atomic-file.ts'
import { errorCode, HandcarError } from '../../kernel/errors.ts'
import { newSecret } from '../../kernel/ids.ts'
import type { Ctx } from '../ctx.ts'
import { perlRelay } from './perl-relay.ts'

/** What git starts as its hook: a few lines of Perl, the single executable itself, or a program that Node runs. */
export type HookProgram =
  | { kind: 'perl'; path: string }
  | { kind: 'executable'; path: string }
  | { kind: 'bundle' | 'source'; node: string; path: string }

/** A part of git is written in it, so it is there where git is. It starts in 2 ms, Node in 25, at every push. */
const perl = '/usr/bin/perl'

/** Linux reads no more of a `#!` line. */
const shebangMax = 255

/** Writes `<data>/hooks/proc-receive` if it is not right already, and gives the folder. */
export async function ensureHooks(ctx: Ctx, program: HookProgram = ownProgram()): Promise<string> {
  const folder = join(ctx.config.dataDirectory, 'hooks')
  const path = join(folder, 'proc-receive')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (program.kind === 'executable') await ensureLink(path, program.path)
  else if (program.kind === 'perl') await ensureFile(path, `#!${program.path}\n${perlRelay}`)
  else await ensureFile(path, hookText(program))
  return folder
}

/** Named by `argv[0]` or `argv[1]`, the program knows that it is called as the hook (`main.ts`). */
export function ownProgram(): HookProgram {
  return existsSync(perl) ? { kind: 'perl', path: perl } : nodeProgram()
}

function nodeProgram(): HookProgram {
  if (isSea()) return { kind: 'executable', path: process.execPath }
  const source = join(import.meta.dirname, '../../commands/proc-receive.ts')
  if (existsSync(source)) return { kind: 'source', node: process.execPath, path: source }
  return { kind: 'bundle', node: process.execPath, path: realpathSync(process.argv[1] ?? '') }
}

/** Two lines of Node: no shell, and no value in them but our own two paths. */
export function hookText({ node, kind, path }: Extract<HookProgram, { node: string }>): string {
  const first = `#!${node}`
  if (/\s/.test(node) || Buffer.byteLength(first) > shebangMax) {
    throw new HandcarError({
      code: 'source.node_path',
      kind: 'unavailable',
      message: `git cannot start a hook with Node at ${node}: its path is too long or has a space`,
      hint: 'Use the single executable, or put Node at a shorter path',
    })
  }
  const loaded = `require(${JSON.stringify(path)})`
  return kind === 'bundle' ? `${first}\n${loaded}\n` : `${first}\n${loaded}.procReceive().then(process.exit)\n`
}

async function ensureFile(path: string, text: string): Promise<void> {
  const found = existsSync(path) ? await readFile(path, 'utf8') : undefined
  if (found !== text) await writeAtomically(path, text, { mode: 0o700 })
}

async function ensureLink(path: string, target: string): Promise<void> {
  const found = await readlink(path).catch(notALink)
  if (found === target) return
  const stage = `${path}.stage-${newSecret(6)}`
  await symlink(target, stage)
  await rename(stage, path).catch(async (error: unknown) => {
    await rm(stage, { force: true })
    throw error
  })
}

function notALink(error: unknown): undefined {
  const code = errorCode(error)
  if (code === 'ENOENT' || code === 'EINVAL') return undefined
  throw error
}
