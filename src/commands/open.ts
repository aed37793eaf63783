import { openCore } from '../assemble.ts'
import type { Ctx } from '../core/ctx.ts'
import { readConfig } from '../kernel/config.ts'

/** Opens this server's database beside a running server, does the work, closes it. */
export async function withCore<Result>(work: (ctx: Ctx) => Promise<Result>): Promise<Result> {
  const { ctx, close } = await openCore(readConfig())
  try {
    return await work(ctx)
  } finally {
    await close()
  }
}
