import type { FileMap } from '../../file-map.ts'

/** What is read of a package.json; anything of an unexpected shape counts as absent. */
export interface PackageJson {
  main: string | undefined
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  /** Dependencies of every sort, development included. */
  all: Record<string, string>
  engines: Record<string, string>
  packageManager: string | undefined
  volta: Record<string, string>
  /** Version that `devEngines.runtime` asks for, when it names Node. */
  devEnginesNode: string | undefined
  hasWorkspaces: boolean
  /** npm 12 runs install scripts of the packages named here, and of no others. */
  allowScripts: string[]
}

/** Undefined when the text is no JSON object. */
export function readPackageJson(text: string): PackageJson | undefined {
  const json = parseObject(text)
  if (json === undefined) return undefined
  const dependencies = strings(json.dependencies)
  const devDependencies = strings(json.devDependencies)
  const optional = strings(json.optionalDependencies)
  return {
    main: filled(json.main),
    scripts: strings(json.scripts),
    dependencies,
    devDependencies,
    all: { ...strings(json.peerDependencies), ...optional, ...devDependencies, ...dependencies },
    engines: strings(json.engines),
    packageManager: filled(json.packageManager),
    volta: strings(json.volta),
    devEnginesNode: devEnginesNode(json.devEngines),
    hasWorkspaces: json.workspaces !== undefined,
    allowScripts: Object.keys(object(json.allowScripts)),
  }
}

/** The package.json in the root directory, or the sentence why it cannot be read; an app may do without one. */
export function rootPackageJson(files: FileMap): PackageJson | string {
  if (!files.has('package.json')) return readPackageJson('{}') ?? ''
  const text = files.read('package.json')
  if (text === undefined) return 'package.json cannot be read: it is a link, not text, or too large.'
  return readPackageJson(text) ?? 'package.json is not valid JSON.'
}

export function hasDependency(json: PackageJson, name: string): boolean {
  return Object.hasOwn(json.all, name)
}

function devEnginesNode(value: unknown): string | undefined {
  const runtime = object(value).runtime
  const entries = Array.isArray(runtime) ? runtime : [runtime]
  for (const entry of entries) {
    const { name, version } = object(entry)
    if (name === 'node' && typeof version === 'string') return version
  }
  return undefined
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? object(value) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function strings(value: unknown): Record<string, string> {
  const kept: Array<[string, string]> = []
  for (const [name, entry] of Object.entries(object(value))) if (typeof entry === 'string') kept.push([name, entry])
  return Object.fromEntries(kept)
}
