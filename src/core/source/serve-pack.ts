import { statfs } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import type { Ctx } from '../ctx.ts'
import { git, startGit } from './git.ts'
import { ensureHooks } from './hooks.ts'
import { flushPacket, packetLine } from './pkt-line.ts'

export type PackService = 'git-receive-pack' | 'git-upload-pack'

/** A push at most, packed. */
export const pushBytesMax = 1024 * 1024 * 1024

export interface PackRun {
  stdin: Writable
  stdout: Readable
  /** What git says to the server, not to the client. */
  stderr: Readable
  ended: Promise<{ exitCode: number | undefined }>
  kill(): void
}

export interface ReceiveRun extends PackRun {
  /** Leads to the hook (`proc-receive.ts`). */
  hook: Readable & Writable
}

/** The answer to `GET info/refs`: what the repository at `path` has and can. */
export async function advertise(ctx: Ctx, service: PackService, path: string, protocol?: string): Promise<Buffer> {
  const { stdout } = await git(path, [commandOf(service), '--stateless-rpc', '--http-backend-info-refs', path], {
    settings: await settingsOf(ctx, service),
    environment: protocolOf(protocol),
  })
  const isSecond = service === 'git-upload-pack' && isProtocol(protocol) && protocol === 'version=2'
  if (isSecond) return stdout
  return Buffer.concat([packetLine(`# service=${service}\n`), flushPacket, stdout])
}

/** Takes a push. Every ref of it is decided by whoever talks over `hook`; git itself moves none. */
export async function startReceivePack(ctx: Ctx, path: string, protocol?: string): Promise<ReceiveRun> {
  const child = startGit(['receive-pack', '--stateless-rpc', path], {
    settings: await settingsOf(ctx, 'git-receive-pack'),
    environment: { ...protocolOf(protocol), HANDCAR_HOOK_FD: '3' },
    extraPipes: 1,
  })
  const [hook] = child.pipes
  if (!hook) throw new Error('git was started without a pipe for its hook')
  return { ...child, hook, kill: () => child.kill('SIGKILL') }
}

export async function startUploadPack(ctx: Ctx, path: string, protocol?: string): Promise<PackRun> {
  const child = startGit(['upload-pack', '--stateless-rpc', path], {
    settings: await settingsOf(ctx, 'git-upload-pack'),
    environment: protocolOf(protocol),
  })
  return { ...child, kill: () => child.kill('SIGKILL') }
}

/**
 * Pushed objects are checked (`fsckObjects`): a tree with `..` or `.git` in it is refused before anything reads it.
 * Three faults of old, honest histories are let through.
 */
async function settingsOf(ctx: Ctx, service: PackService): Promise<string[]> {
  const always = ['transfer.hideRefs=refs/handcar', 'pack.threads=1', 'pack.windowMemory=64m']
  if (service === 'git-upload-pack') return always
  return [
    ...always,
    `core.hooksPath=${await ensureHooks(ctx)}`,
    'receive.procReceiveRefs=refs',
    'receive.advertisePushOptions=true',
    'receive.autogc=false',
    'receive.keepAlive=5',
    'receive.shallowUpdate=false',
    `receive.maxInputSize=${await inputLimit(ctx)}`,
    'receive.fsckObjects=true',
    'receive.fsck.badTimezone=ignore',
    'receive.fsck.missingSpaceBeforeDate=ignore',
    'receive.fsck.zeroPaddedFilemode=ignore',
  ]
}

/** A push takes at most half of what is free, so that it never fills the disk under the database. */
async function inputLimit(ctx: Ctx): Promise<number> {
  const { bavail, bsize } = await statfs(ctx.config.dataDirectory)
  return Math.max(1, Math.min(pushBytesMax, Math.floor((bavail * bsize) / 2)))
}

function commandOf(service: PackService): string {
  return service.slice('git-'.length)
}

/** Only what git clients really send reaches git. */
function protocolOf(protocol: string | undefined): Record<string, string> {
  return isProtocol(protocol) ? { GIT_PROTOCOL: protocol } : {}
}

function isProtocol(protocol: string | undefined): protocol is string {
  return protocol !== undefined && /^version=[012]$/.test(protocol)
}
