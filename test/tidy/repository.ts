import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from './scan.ts'

const root = new URL('../..', import.meta.url).pathname
const leftOut = new Set(['node_modules', 'dist', 'coverage'])
const textEnding = /\.(?:tsx?|mjs|cjs|js|json|md|sh|css|html|ya?ml|txt|svg|toml)$|(?:^|\/)(?:run|LICENSE|\.\w+)$/

/** Every text file of the repository, read once. */
export const allFiles: SourceFile[] = walk('').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** TypeScript that is ours, without the sample apps that tests deploy. */
export const sources = allFiles.filter(
  ({ path }) => /(?<!\.d)\.tsx?$/.test(path) && !/^test\/(?:.*\/)?(?:apps|fixtures)\//.test(path),
)

/** What ships: all sources but the tests. */
export const product = sources.filter(({ path }) => !path.startsWith('test/'))

export function fileText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (leftOut.has(entry.name)) return []
    if (entry.isDirectory()) return /^\.(?!ci$)/.test(entry.name) ? [] : walk(path)
    return entry.isFile() && textEnding.test(path) ? [path] : []
  })
}
