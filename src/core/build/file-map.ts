/** How deep below the root directory paths are listed: enough to name sub-folders that would build. */
export const listedDepth = 4
/** Larger files are given as unreadable; manifests are smaller, only lock files of huge projects are not. */
export const readableBytes = 512 * 1024

/**
 * What is known of a commit's tree. Paths use `/`, never begin with it, and name files, not folders.
 * `read` knows only what was loaded: absent, too large, binary and symbolic links are all `undefined`.
 */
export interface FileMap {
  readonly paths: readonly string[]
  has(path: string): boolean
  hasFolder(path: string): boolean
  read(path: string): string | undefined
}

export function fileMap(paths: readonly string[], texts: ReadonlyMap<string, string>): FileMap {
  const known = new Set(paths)
  const foldersOf = new Set(folders(known))
  return {
    paths: [...known],
    has: (path) => known.has(path),
    hasFolder: (path) => foldersOf.has(path),
    read: (path) => (known.has(path) ? texts.get(path) : undefined),
  }
}

/** The same commit seen from one of its folders; `among` names the paths when not all are to be looked at. */
export function inFolder(files: FileMap, folder: string, among: readonly string[] = files.paths): FileMap {
  if (folder === '') return files
  const prefix = `${folder}/`
  const texts = new Map<string, string>()
  const paths: string[] = []
  for (const path of among) {
    if (!path.startsWith(prefix)) continue
    const inner = path.slice(prefix.length)
    paths.push(inner)
    const text = files.read(path)
    if (text !== undefined) texts.set(inner, text)
  }
  return fileMap(paths, texts)
}

export function rootFiles(files: FileMap): string[] {
  return files.paths.filter((path) => !path.includes('/')).sort()
}

/** Every folder on the way to one of these paths, each once. */
export function folders(paths: Iterable<string>): string[] {
  const found = new Set<string>()
  for (const path of paths) {
    // The folders above one that is known are known as well.
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (found.has(folder)) break
      found.add(folder)
    }
  }
  return [...found]
}

/** `./backend/` and `/backend` are `backend`; undefined when it leaves the repository. */
export function normalRoot(directory: string | undefined): string | undefined {
  const segments = (directory ?? '').split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.some((segment) => segment === '..' || segment.includes('\0'))) return undefined
  return segments.join('/')
}

/** A name for a message: one short line without control characters, whatever the commit calls its files. */
export function shown(name: string, longest = 60): string {
  const quoted = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["`\\]/u.test(name) ? JSON.stringify(name) : name
  const text = quoted.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
  const characters = [...text]
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : text
}

export function shownList(names: readonly string[], most = 20): string {
  const first = names.slice(0, most).map((name) => shown(name))
  const rest = names.length - first.length
  return rest > 0 ? `${first.join(', ')} and ${rest} more` : first.join(', ')
}

const wantedNames = new Set([
  'Dockerfile',
  '.dockerignore',
  'Procfile',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'yarn.lock',
  '.npmrc',
  '.nvmrc',
  '.node-version',
  '.tool-versions',
  'mise.toml',
  '.mise.toml',
  'Staticfile',
  'Caddyfile',
  'requirements.txt',
  'pyproject.toml',
  'Pipfile',
])
const wantedConfigs = /^(?:vite|astro|next|svelte|react-router|nuxt)\.config\.(?:js|ts|mjs|cjs|mts|cts)$/

/** The files that detection and planning read: the caller loads these blobs and no others. */
export function wantedFiles(paths: readonly string[], rootDirectory: string | undefined): string[] {
  const root = normalRoot(rootDirectory)
  if (root === undefined) return []
  const prefix = root === '' ? '' : `${root}/`
  return paths.filter((path) => {
    if (!path.startsWith(prefix)) return false
    const name = path.slice(prefix.length)
    return wantedNames.has(name) || wantedConfigs.test(name)
  })
}
