import { type FileMap, shown, shownList } from '../../file-map.ts'
import { cannotPlan, type Decision, type PlanFailure } from '../provider.ts'
import { intersect, parseRange, wholeMajor } from '../version-range.ts'
import type { PackageJson } from './package-json.ts'

export type PackageToolName = 'npm' | 'pnpm' | 'yarn'

export interface PackageTool {
  name: PackageToolName
  /** Installed by this exact version; npm comes with Node. */
  version: string | undefined
  lockFile: string | undefined
  decision: Decision
  warnings: string[]
}

/** The last release of each line, so that a build does not change with the day. */
const pnpmVersions: Record<number, string> = { 6: '6.35.1', 7: '7.33.7', 8: '8.15.9', 9: '9.15.9', 10: '10.34.9' }
const defaultPnpm = 10
const yarnVersion = '1.22.22'

const lockFiles: Array<[file: string, tool: string]> = [
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** The `packageManager` field, then the lock file, then engines, then npm. */
export function packageTool(files: FileMap, json: PackageJson): PackageTool | PlanFailure {
  const locks = lockFiles.filter(([file]) => files.has(file))
  const chosen = chooseTool(files, json, locks)
  const lockFile = locks.find(([, tool]) => tool === chosen.tool)?.[0]
  const others = locks.filter(([, tool]) => tool !== chosen.tool).map(([file]) => file)
  const warnings =
    others.length > 0 ? [`${shownList(others)}: left out, ${chosen.tool} installs (${chosen.source}).`] : []
  const source = chosen.source
  if (chosen.tool === 'bun') return notYet('Bun', source)
  if (chosen.tool === 'yarn' && isBerry(files, chosen.version)) return notYet('Yarn 2 and later', source)
  if (chosen.tool !== 'npm' && chosen.tool !== 'pnpm' && chosen.tool !== 'yarn')
    return notYet(shown(chosen.tool), source)
  const version = toolVersion(chosen.tool, chosen.version, files, json)
  const value = version === undefined ? chosen.tool : `${chosen.tool} ${version}`
  const decision = { what: 'Package manager', value, source }
  return { name: chosen.tool, version, lockFile, decision, warnings }
}

interface Choice {
  tool: string
  version: string | undefined
  source: string
}

function chooseTool(files: FileMap, json: PackageJson, locks: Array<[string, string]>): Choice {
  const named = /^([a-z]+)@(\d[\w.-]*)/.exec(json.packageManager ?? '')
  if (named?.[1] !== undefined) {
    const source = `package.json > packageManager: ${shown(json.packageManager ?? '', 40)}`
    return { tool: named[1], version: named[2], source }
  }
  const [lock] = locks
  if (lock !== undefined) return { tool: lock[1], version: undefined, source: lock[0] }
  if (files.has('pnpm-workspace.yaml')) return { tool: 'pnpm', version: undefined, source: 'pnpm-workspace.yaml' }
  const wanted = ['pnpm', 'yarn', 'bun'].filter((tool) => json.engines[tool] !== undefined)
  if (wanted.length === 1 && wanted[0] !== undefined && json.engines.npm === undefined) {
    return { tool: wanted[0], version: undefined, source: `package.json > engines.${wanted[0]}` }
  }
  return { tool: 'npm', version: undefined, source: 'default: no lock file' }
}

function isBerry(files: FileMap, version: string | undefined): boolean {
  if (version !== undefined) return !version.startsWith('1.')
  return files.has('.yarnrc.yml') || /^__metadata:/m.test(files.read('yarn.lock') ?? '')
}

function toolVersion(
  tool: PackageToolName,
  named: string | undefined,
  files: FileMap,
  json: PackageJson,
): string | undefined {
  if (tool === 'npm') return undefined
  if (named !== undefined && /^\d{1,3}\.\d{1,4}\.\d{1,4}$/.test(named)) return named
  return tool === 'yarn' ? yarnVersion : pnpmVersions[pnpmMajor(files, json)]
}

/** The format of the lock file tells the line; a range in engines may ask for a newer one that reads it too. */
function pnpmMajor(files: FileMap, json: PackageJson): number {
  const range = parseRange(json.engines.pnpm ?? '*') ?? []
  const fits = (major: number) => intersect(range, [wholeMajor(major)]).length > 0
  const format = /^lockfileVersion:\s*['"]?(\d+\.\d+)/m.exec(files.read('pnpm-lock.yaml') ?? '')?.[1]
  const byFormat: Record<string, number> = { '5.3': 6, '5.4': 7, '6.0': 8, '6.1': 8, '9.0': defaultPnpm }
  const major = byFormat[format ?? ''] ?? defaultPnpm
  if (fits(major)) return major
  return Object.keys(pnpmVersions).map(Number).findLast(fits) ?? major
}

function notYet(title: string, source: string): PlanFailure {
  return cannotPlan(
    `The packages of this app are installed with ${title} (${source}). Handcar does not install with ${title} yet.`,
    'Add a Dockerfile to the root of the repository, or commit a lock file of npm, pnpm or Yarn 1 in its place.',
  )
}
