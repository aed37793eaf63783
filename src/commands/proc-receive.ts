import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { readEnvironment } from '../kernel/config.ts'

/**
 * git's proc-receive hook, as dumb as can be: git's words go to the server, the server's frames to git (channel 1)
 * or to the person who pushes (channel 2). The server gave git one more descriptor, which git left open for us.
 * It starts with each push, so nothing but this file and `config.ts` is loaded for it. The frames are those of
 * `core/source/proc-receive.ts`: one byte channel, four bytes length (big-endian), payload.
 */
export function procReceive(): Promise<number> {
  const descriptor = Number(readEnvironment('HANDCAR_HOOK_FD'))
  if (!Number.isInteger(descriptor) || descriptor < 3) {
    process.stderr.write(' !     This hook is only run by the Handcar server\n')
    return Promise.resolve(1)
  }
  const server = new Socket({ fd: descriptor, readable: true, writable: true })
  const outputs = new Map<number, Writable>([
    [1, process.stdout],
    [2, process.stderr],
  ])
  let pending: Buffer = Buffer.alloc(0)
  server.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes])
    while (pending.length >= 5) {
      const end = 5 + pending.readUInt32BE(1)
      if (pending.length < end) break
      outputs.get(pending[0] ?? 0)?.write(Uint8Array.from(pending.subarray(5, end)))
      pending = pending.subarray(end)
    }
  })
  process.stdin.pipe(server)
  return new Promise<number>((resolve) => {
    server.once('end', () => resolve(0))
    server.once('error', () => resolve(1))
    process.stdin.once('error', () => resolve(1))
    for (const output of outputs.values()) output.once('error', () => resolve(1))
  }).finally(() => {
    process.stdin.destroy()
    server.destroy()
  })
}
