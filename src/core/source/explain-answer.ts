import { createPacketReader, flushPacket, type Packet, packetLine, sideBand } from './pkt-line.ts'

/**
 * git refuses some pushes before it asks the hook, in words that leave people alone with them. This puts ours before
 * git's answer: `output` is what receive-pack writes, packets with side bands.
 */
export async function* explainAnswer(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = createPacketReader()
  let said = ''
  for await (const bytes of output) {
    const parts: Buffer[] = []
    for (const packet of reader.read(bytes)) {
      const text = packet.kind === 'line' ? packet.payload.toString('latin1') : ''
      if (text.startsWith('\u0002')) said = (said + text.slice(1)).slice(-2000)
      if (text.startsWith('\u0001')) parts.push(explanation(text, said))
      parts.push(written(packet))
    }
    if (parts.length > 0) yield Buffer.concat(parts)
  }
  if (reader.rest().length > 0) yield reader.rest()
}

function written(packet: Packet): Buffer {
  return packet.kind === 'flush' ? flushPacket : packetLine(packet.payload)
}

/** On band 2, which git shows with `remote: ` before each line. `said` is what git wrote there so far. */
function explanation(report: string, said: string): Buffer {
  const lines = explain(report, said)
  return lines.length === 0 ? Buffer.alloc(0) : sideBand(2, lines.map((line) => ` !     ${line}\n`).join(''))
}

function explain(report: string, said: string): string[] {
  if (report.includes('shallow update not allowed')) {
    return [
      'This push comes from a shallow clone, which lacks older commits.',
      'Do:  git fetch --unshallow origin',
      '     and push again. In CI, fetch the whole history.',
    ]
  }
  if (!/unpack (?!ok\n)/.test(report)) return []
  const [tooLarge, size = 'the disk allows'] = /exceeds maximum allowed size(?: \(([\w. ]+)\))?/.exec(said) ?? []
  if (tooLarge !== undefined) {
    return [`The push is larger than ${size}.`, 'Do:  take large files out of the history and push again.']
  }
  return ['git could not take the objects of this push; its reason is above.']
}
