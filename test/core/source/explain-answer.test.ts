import { expect, test } from 'vitest'
import { explainAnswer } from '../../../src/core/source/explain-answer.ts'
import { flushPacket, packetLine, sideBand } from '../../../src/core/source/pkt-line.ts'

async function explained(answer: Buffer, pieceSize = 7): Promise<Buffer> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < answer.length; at += pieceSize) yield answer.subarray(at, at + pieceSize)
  }
  const parts: Buffer[] = []
  for await (const part of explainAnswer(pieces())) parts.push(part)
  return Buffer.concat(parts)
}

/** The report of receive-pack as it comes on side band 1, with what came on band 2 before. */
function answerOf(said: string, ...report: string[]): Buffer {
  const inner = Buffer.concat([...report.map((line) => packetLine(`${line}\n`)), flushPacket]).toString('latin1')
  return Buffer.concat([said === '' ? Buffer.alloc(0) : sideBand(2, said), sideBand(1, inner), flushPacket])
}

test.each([
  ['taken', answerOf('hello\n', 'unpack ok', 'ok refs/heads/main')],
  ['refused by us', answerOf('', 'unpack ok', 'ng refs/heads/main only main is deployed')],
  ['without side bands', Buffer.concat([packetLine('unpack ok\n'), packetLine('ok refs/heads/main\n'), flushPacket])],
  ['cut off', Buffer.from('00ff\u0002abc')],
  ['empty', Buffer.alloc(0)],
])('an answer that is %s passes byte for byte', async (_, answer) => {
  expect(await explained(answer)).toEqual(answer)
})

test.each([
  ['a shallow clone', '', 'unpack ok', 'ng refs/heads/main shallow update not allowed', 'git fetch --unshallow'],
  [
    'a push that is too large',
    'fatal: pack exceeds maximum allowed size (4.00 MiB)\n',
    'unpack index-pack abnormal exit',
    'ng refs/heads/main unpacker error',
    'larger than 4.00 MiB.',
  ],
  ['a damaged push', 'fatal: bad\n', 'unpack index-pack abnormal exit', 'ng x unpacker error', 'git could not take'],
])('%s is explained before the answer, which stays as it is', async (_, said, unpack, result, text) => {
  const answer = answerOf(said, unpack, result)
  const bytes = await explained(answer)
  expect(bytes.toString('latin1')).toContain(text)
  const report = sideBand(
    1,
    Buffer.concat([packetLine(`${unpack}\n`), packetLine(`${result}\n`), flushPacket]).toString(),
  )
  expect(bytes.indexOf(report)).toBeGreaterThan(bytes.indexOf(text))
  expect(bytes.subarray(-report.length - 4)).toEqual(Buffer.concat([report, flushPacket]))
})
