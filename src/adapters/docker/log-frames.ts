import type { Readable } from 'node:stream'
import type { OutputLine } from '../../ports/container-engine.ts'

/** A line that never ends is handed out in pieces of this size. */
const maxLineBytes = 64 * 1024
/** Docker cuts a longer line into messages of exactly this size and a shorter last one. */
const messageBytes = 16 * 1024
const headerBytes = 8

type Line = Omit<OutputLine, 'stream'>

/**
 * Lines of Docker's multiplexed log stream with time stamps. A frame is `[stream, 0, 0, 0, length]` and one message.
 * The messages of a long line carry the same stamp to the nanosecond; the log driver `local` gives none of them a line
 * break, not even the last.
 */
export async function* logLines(body: Readable): AsyncIterable<OutputLine> {
  const open = { stdout: new LineAssembly(), stderr: new LineAssembly() }
  for await (const frame of frames(body)) {
    const stream = frame[0] === 2 ? 'stderr' : 'stdout'
    for (const line of open[stream].add(frame.subarray(headerBytes))) yield { stream, ...line }
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    for (const line of open[stream].finish()) yield { stream, ...line }
  }
}

async function* frames(body: Readable): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of body) {
    rest = rest.length === 0 ? (part as Buffer) : Buffer.concat([rest, part as Buffer])
    for (;;) {
      if (rest.length < headerBytes) break
      const end = headerBytes + rest.readUInt32BE(4)
      if (rest.length < end) break
      yield rest.subarray(0, end)
      rest = rest.subarray(end)
    }
  }
}

class LineAssembly {
  private parts: Buffer[] = []
  private bytes = 0
  private stamp = ''

  /** The lines that this message ends. */
  add(message: Buffer): Line[] {
    const space = message.indexOf(0x20)
    const stamp = message.subarray(0, Math.max(space, 0)).toString('latin1')
    const text = message.subarray(space + 1)
    const ended = stamp === this.stamp ? [] : this.finish()
    this.stamp = stamp
    this.parts.push(text)
    this.bytes += text.length
    const isLast = text.length < messageBytes || text.at(-1) === 0x0a
    return isLast || this.bytes >= maxLineBytes ? [...ended, ...this.finish()] : ended
  }

  finish(): Line[] {
    if (this.parts.length === 0) return []
    const text = Buffer.concat(this.parts)
      .toString('utf8')
      .replace(/\r?\n$/, '')
    this.parts = []
    this.bytes = 0
    const at = Date.parse(this.stamp)
    return [{ at: Number.isNaN(at) ? 0 : at, text }]
  }
}
