import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../../src/kernel/process.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))
const dist = join(checkout, 'dist')
const sources = ['src', 'views', 'public', 'migrations', 'build.ts', 'package.json']

let built: Promise<string> | undefined

/** `dist` with a bundle that is not older than any source, built at most once by a test process. */
export function freshBundle(): Promise<string> {
  built ??= build()
  return built
}

async function build(): Promise<string> {
  const bundle = join(dist, 'handcar.cjs')
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= newestOf(sources)) return dist
  const { exitCode, stderr } = await run(process.execPath, ['build.ts'], { directory: checkout, timeoutMs: 120_000 })
  if (exitCode !== 0) throw new Error(`the bundle could not be built: ${stderr}`)
  return dist
}

function newestOf(paths: readonly string[]): number {
  const files = paths.flatMap((path) => {
    const whole = join(checkout, path)
    if (!statSync(whole).isDirectory()) return [whole]
    return readdirSync(whole, { recursive: true, encoding: 'utf8' }).map((name) => join(whole, name))
  })
  return Math.max(...files.map((file) => statSync(file).mtimeMs))
}
