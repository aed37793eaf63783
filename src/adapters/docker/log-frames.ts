import type { Readable } from 'node:stream'
import type { OutputLine } from '../../ports/container-engine.ts'

/** A line that never ends is handed out in pieces of this size. */
const maxLineBytes = 64 * 1024
const headerBytes = 8

/**
 * Lines of Docker's multiplexed log stream with time stamps. A frame is `[stream, 0, 0, 0, length]` and one message;
 * a long line arrives as several messages, each with a stamp of its own, of which only the last has a line break.
 */
export async function* logLines(body: Readable): AsyncIterable<OutputLine> {
  const open = { stdout: new LineAssembly(), stderr: new LineAssembly() }
  for await (const frame of frames(body)) {
    const stream = frame[0] === 2 ? 'stderr' : 'stdout'
    const line = open[stream].add(frame.subarray(headerBytes))
    if (line) yield { stream, ...line }
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = open[stream].finish()
    if (line) yield { stream, ...line }
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
  private at = 0

  add(message: Buffer): { at: number; text: string } | undefined {
    const space = message.indexOf(0x20)
    const stamp = Date.parse(message.subarray(0, Math.max(space, 0)).toString('latin1'))
    if (this.parts.length === 0) this.at = Number.isNaN(stamp) ? 0 : stamp
    const text = Number.isNaN(stamp) ? message : message.subarray(space + 1)
    this.parts.push(text)
    this.bytes += text.length
    const isWhole = text.at(-1) === 0x0a
    return isWhole || this.bytes >= maxLineBytes ? this.finish() : undefined
  }

  finish(): { at: number; text: string } | undefined {
    if (this.parts.length === 0) return undefined
    const text = Buffer.concat(this.parts)
      .toString('utf8')
      .replace(/\r?\n$/, '')
    this.parts = []
    this.bytes = 0
    return { at: this.at, text }
  }
}
