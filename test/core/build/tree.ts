import type { PlanFailure, PlanSettings, SourcePlan } from '../../../src/core/build/builders/provider.ts'
import { type FileMap, fileMap } from '../../../src/core/build/file-map.ts'
import { planBuild } from '../../../src/core/build/plan.ts'

/** A commit's tree from path → text; null is a file that cannot be read (a link, not text, too large). */
export type Tree = Record<string, string | null>

export function treeOf(files: Tree): FileMap {
  const texts = new Map<string, string>()
  for (const [path, text] of Object.entries(files)) if (text !== null) texts.set(path, text)
  return fileMap(Object.keys(files), texts)
}

export const plainSettings: PlanSettings = {
  rootDirectory: undefined,
  startCommand: undefined,
  serviceId: '0192-service',
  cacheEpoch: 1,
  basePrefix: '',
}

export function plan(files: Tree, settings: Partial<PlanSettings> = {}): SourcePlan | PlanFailure {
  return planBuild(treeOf(files), { ...plainSettings, ...settings })
}

/** The plan, where the tree can be built. */
export function planned(files: Tree, settings: Partial<PlanSettings> = {}): SourcePlan {
  const found = plan(files, settings)
  if ('failed' in found) throw new Error(`not planned: ${found.why}`)
  return found
}

/** The failure, where it cannot. */
export function refused(files: Tree, settings: Partial<PlanSettings> = {}): PlanFailure {
  const found = plan(files, settings)
  if (!('failed' in found)) throw new Error(`planned with ${found.builder}`)
  return found
}

export function dockerfileOf(files: Tree, settings: Partial<PlanSettings> = {}): string {
  return planned(files, settings).dockerfile.content ?? ''
}

export function decided(found: SourcePlan | PlanFailure, what: string): string | undefined {
  const decision = found.decisions.find((candidate) => candidate.what === what)
  return decision === undefined ? undefined : `${decision.value} (${decision.source})`
}

export function packageJson(parts: Record<string, unknown>): string {
  return JSON.stringify({ name: 'lantern', ...parts })
}

/** A Node app that needs nothing but to be started. */
export function nodeApp(parts: Record<string, unknown> = {}, files: Tree = {}): Tree {
  return { 'package.json': packageJson({ scripts: { start: 'node server.js' }, ...parts }), 'server.js': '', ...files }
}

/** Instructions of a Dockerfile, continued lines joined, as the builder reads them. */
export function instructions(dockerfile: string): string[] {
  return dockerfile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
