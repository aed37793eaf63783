import type { Ctx } from '../../src/core/ctx.ts'
import { type Converger, createConverger } from '../../src/core/replica/converge.ts'
import { ensureRepository } from '../../src/core/source/repository.ts'
import { newId } from '../../src/kernel/ids.ts'
import { run } from '../../src/kernel/process.ts'
import { startWorker } from '../../src/worker.ts'
import type { World } from './world.ts'

/** The worker and the mover at work in a world, until the test is over. */
export interface Server extends AsyncDisposable {
  converger: Converger
  /** Lets time pass, a look of the mover at a time, until the condition holds; fails when it never does. */
  until(condition: () => Promise<boolean>, what: string): Promise<void>
  /** As kill -9: nothing is finished, nothing is cleaned up. A new `startServer` on the same world is the next boot. */
  kill(): Promise<void>
}

const stepMs = 50
/** Real milliseconds: git is real, so time must not only be ours. */
const patienceMs = 10_000

export async function startServer(world: World): Promise<Server> {
  const stopping = new AbortController()
  const converger = createConverger(world.ctx, stopping.signal)
  const worker = await startWorker(world.ctx, newId())
  const rows = await world.ctx.db.selectFrom('instance').select('id').execute()
  for (const { id } of rows) converger.nudge(id)
  const kill = async () => {
    stopping.abort()
    await worker.stop()
    await converger.idle()
  }
  return {
    converger,
    kill,
    [Symbol.asyncDispose]: kill,
    async until(condition, what) {
      const end = performance.now() + patienceMs
      while (performance.now() < end) {
        if (await condition()) return
        await world.clock.advance(stepMs)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      throw new Error(`it never happened: ${what}`)
    },
  }
}

/** A commit with these files in the service's repository, made without a working tree. Its id. */
export async function commitFiles(ctx: Ctx, serviceId: string, files: Record<string, string>): Promise<string> {
  const repository = await ensureRepository(ctx, serviceId)
  const parts = ['commit refs/handcar/test', 'committer Ada <ada@lantern.test> 1763715600 +0000', 'data 5', 'A lamp']
  for (const [path, text] of Object.entries(files)) {
    parts.push(`M 100644 inline ${path}`, `data ${Buffer.byteLength(text)}`, text)
  }
  const text = parts.join('\n').replace('data 5\nA lamp', 'data 6\nA lamp')
  await run('git', ['--git-dir', repository, 'fast-import', '--quiet', '--force'], { input: `${text}\n` })
  const { stdout } = await run('git', ['--git-dir', repository, 'rev-parse', 'refs/handcar/test'])
  return stdout.toString('utf8').trim()
}
