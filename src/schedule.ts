import { setLogger, schedule as startTask } from 'node-cron'
import { cleanUpImages } from './core/build/clean-up.ts'
import type { Ctx } from './core/ctx.ts'
import { cleanUpHistory } from './core/event/clean-up.ts'
import type { Converger } from './core/replica/converge.ts'
import { removeOrphans, sweepInstances } from './core/replica/sweep.ts'
import { tidyRepositories } from './core/source/tidy-repositories.ts'
import { errorText } from './kernel/errors.ts'

interface RecurringJob {
  name: string
  /** Cron fields, seconds first. */
  when: string
  act(): Promise<unknown>
}

/** Every recurring job of the server. Two runs of one never overlap; a failed run is logged and comes again. */
function recurringJobs(ctx: Ctx, converger: Converger): RecurringJob[] {
  const orphansSince = new Map<string, number>()
  return [
    { name: 'check the routes', when: '*/5 * * * * *', act: () => converger.checkRoutes() },
    { name: 'sweep the instances', when: '*/15 * * * * *', act: () => sweepInstances(ctx, converger) },
    { name: 'remove orphans', when: '*/30 * * * * *', act: () => removeOrphans(ctx, orphansSince) },
    { name: 'clean up images', when: '0 */10 * * * *', act: () => cleanUpImages(ctx) },
    { name: 'tidy repositories', when: '0 40 3 * * *', act: () => tidyRepositories(ctx) },
    { name: 'clean up history', when: '30 7 * * * *', act: () => cleanUpHistory(ctx) },
  ]
}

/** Starts them all; the returned function stops them. */
export function startSchedule(ctx: Ctx, converger: Converger): () => Promise<void> {
  setLogger({
    info: (message) => ctx.log.debug({}, String(message)),
    warn: (message) => ctx.log.debug({}, String(message)),
    error: (message) => ctx.log.error({}, String(message)),
    debug: () => undefined,
  })
  const tasks = recurringJobs(ctx, converger).map(({ name, when, act }) =>
    startTask(
      when,
      async () => {
        await act().catch((error: unknown) =>
          ctx.log.warn({ job: name, error: errorText(error) }, 'a recurring job failed'),
        )
      },
      { name, noOverlap: true },
    ),
  )
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()))
  }
}
