import type { Readable, Writable } from 'node:stream'
import { HandcarError } from '../../kernel/errors.ts'
import { createPacketReader, flushPacket, packetLine } from './pkt-line.ts'

/** What a client asks for in one push. Ref names are latin1, so that any bytes come back as they were. */
export interface PushRequest {
  updates: RefUpdate[]
  /** As given with `-o`. */
  options: string[]
}

export interface RefUpdate {
  ref: string
  /** 40 hex digits; zeros for a ref that is new or deleted. */
  before: string
  after: string
}

export interface RefResult {
  ref: string
  /** Short, for the one line git prints of a refused ref; undefined when it was taken. */
  refusal: string | undefined
}

export const noCommit = '0'.repeat(40)

/** Channels of the frames to the hook: one byte channel, four bytes length (big-endian), payload. */
const toGit = 1
const toPerson = 2
/** Far above what is taken, so that whoever pushes too much is told so. */
const updatesMax = 100_000
const optionsMax = 32

type HookPipe = Readable & Writable

/**
 * The server's side of git's proc-receive protocol (githooks, proc-receive). Resolves with what is pushed;
 * undefined when git ended without asking the hook, which it does when there is nothing to decide.
 */
export async function readPush(pipe: HookPipe): Promise<PushRequest | undefined> {
  const sections = readSections(pipe)
  const offer = await nextSection(sections)
  if (!offer) return undefined
  const [version = '', abilities = ''] = (offer[0] ?? '').split('\0')
  if (version.trim() !== 'version=1') throw broken('another version of the proc-receive protocol')
  const hasOptions = abilities.trim().split(' ').includes('push-options')
  writeFrame(pipe, toGit, Buffer.concat([packetLine(`version=1\0${hasOptions ? 'push-options' : ''}\n`), flushPacket]))
  const updates = (await nextSection(sections)) ?? []
  const options = hasOptions ? ((await nextSection(sections)) ?? []) : []
  if (updates.length > updatesMax || options.length > optionsMax) throw broken('too much for one push')
  return { updates: updates.map(parseUpdate), options: options.map((option) => asUtf8(option)) }
}

/** Lines for the person who pushes; git puts `remote: ` before each. */
export function say(pipe: HookPipe, lines: readonly string[]): void {
  if (lines.length > 0) writeFrame(pipe, toPerson, Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8'))
}

/** Answers for every ref and ends the hook. */
export function answer(pipe: HookPipe, results: readonly RefResult[]): void {
  const lines = results.map(({ ref, refusal }) =>
    packetLine(Buffer.from(refusal === undefined ? `ok ${ref}\n` : `ng ${ref} ${refusal}\n`, 'latin1')),
  )
  writeFrame(pipe, toGit, Buffer.concat([...lines, flushPacket]))
  pipe.end()
  pipe.resume()
}

function writeFrame(pipe: HookPipe, channel: number, payload: Buffer): void {
  if (!pipe.writable) return
  const head = Buffer.alloc(5)
  head.writeUInt8(channel, 0)
  head.writeUInt32BE(payload.length, 1)
  pipe.write(Buffer.concat([head, payload]))
}

/** Lines up to each flush, as latin1 and without their line feed. Leaving early keeps the pipe open. */
async function* readSections(pipe: HookPipe): AsyncGenerator<string[]> {
  const reader = createPacketReader()
  let lines: string[] = []
  for await (const bytes of pipe.iterator({ destroyOnReturn: false })) {
    for (const packet of reader.read(bytes as Buffer)) {
      if (packet.kind === 'line') {
        lines.push(packet.payload.toString('latin1').replace(/\n$/, ''))
        continue
      }
      yield lines
      lines = []
    }
  }
}

async function nextSection(sections: AsyncGenerator<string[]>): Promise<string[] | undefined> {
  const next = await sections.next()
  return next.done ? undefined : next.value
}

function parseUpdate(line: string): RefUpdate {
  const [, before, after, ref] = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/s.exec(line) ?? []
  if (before === undefined || after === undefined || ref === undefined) throw broken('an update that is none')
  return { before, after, ref }
}

function asUtf8(latin: string): string {
  return Buffer.from(latin, 'latin1').toString('utf8')
}

function broken(what: string): HandcarError {
  return new HandcarError({ code: 'source.bad_push', kind: 'invalid', message: `git sent ${what}` })
}
