import type { IncomingMessage } from 'node:http'
import { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { PackRun } from '../core/source/serve-pack.ts'

/** A request's body may pause this long. A running deployment is not a pause: the body is over then. */
const idleMs = 120_000

/** Passes a request's body to git, unpacked. Rejects when it breaks off, pauses or is longer than `bytesMax`. */
export async function feedGit(
  incoming: IncomingMessage,
  encoding: string | undefined,
  run: PackRun,
  bytesMax: number,
): Promise<void> {
  const bounded = bound(bytesMax)
  const sink = toGit(run)
  if (encoding === 'gzip' || encoding === 'x-gzip') await pipeline(incoming, createGunzip(), bounded, sink)
  else await pipeline(incoming, bounded, sink)
}

/** git may have heard enough before the end, as when it refuses a push; the client is heard out all the same. */
function toGit({ stdin }: PackRun): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      if (stdin.writable) stdin.write(bytes, () => done())
      else done()
    },
    final(done) {
      if (stdin.writable) stdin.end(() => done())
      else done()
    },
    destroy(error, done) {
      stdin.destroy()
      done(error)
    },
  })
}

/** Passes bytes on; an error when they are too many or do not come. */
function bound(bytesMax: number): Transform {
  let left = bytesMax
  const transform = new Transform({
    transform(bytes: Buffer, _encoding, pass) {
      left -= bytes.length
      timer.refresh()
      if (left < 0) pass(new Error('the body of the request is too large'))
      else pass(null, bytes)
    },
    destroy(error, finish) {
      clearTimeout(timer)
      finish(error)
    },
  })
  const timer = setTimeout(() => transform.destroy(new Error('the body of the request does not come')), idleMs)
  return transform
}
