import { exitCodes, print, readArguments } from './command.ts'
import { type Check, type CheckResult, checks } from './doctor-checks.ts'
import { withCore } from './open.ts'

/** Looks at everything that Handcar stands on; exit 0 exactly when all of it is well. */
export async function doctor(args: string[]): Promise<number> {
  const { options } = readArguments(args, { count: 0, options: ['--json'], usage: 'doctor [--json]' })
  const results = await examine()
  const ok = results.every((result) => result.ok)
  print(options.has('--json') ? JSON.stringify({ ok, checks: results }) : results.map(asText).join('\n'))
  return ok ? exitCodes.done : exitCodes.failed
}

/** The database is opened for the others; when it cannot be, that is the one answer. */
async function examine(): Promise<CheckResult[]> {
  try {
    return await withCore(async (ctx) => {
      const opened: CheckResult = { name: 'database', ok: true, message: 'opens and is whole' }
      return [opened, ...(await Promise.all(checks.map((check) => attempt(check, ctx))))]
    })
  } catch (error) {
    return [failed('database', error)]
  }
}

async function attempt(check: Check, ctx: Parameters<Check['look']>[0]): Promise<CheckResult> {
  try {
    return { name: check.name, ...(await check.look(ctx)) }
  } catch (error) {
    return { ...failed(check.name, error), fix: check.fix(ctx) }
  }
}

function failed(name: string, error: unknown): CheckResult {
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
  return { name, ok: false, message, ...(hint !== undefined && { fix: hint }) }
}

function asText({ name, ok, message, fix }: CheckResult): string {
  return `${ok ? 'ok     ' : 'failed '} ${name.padEnd(16)} ${message}${fix === undefined ? '' : `\n        → ${fix}`}`
}
