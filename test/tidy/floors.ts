import { type Import, importsOf, packageOf, resolveImport, type SourceFile } from './scan.ts'

type Room = 'entry' | 'web' | 'views' | 'core' | 'ports' | 'adapters' | 'kernel' | 'migrations' | 'public' | 'build'

/** Rooms that a room may import; `types` only as types. The order is the house's, from the street to the ground. */
const floors: Record<Room, { values: Room[]; types: Room[] }> = {
  entry: { values: ['entry', 'web', 'core', 'ports', 'adapters', 'kernel', 'migrations'], types: [] },
  web: { values: ['web', 'core', 'views', 'kernel'], types: [] },
  views: { values: ['views'], types: ['core'] },
  core: { values: ['core', 'ports', 'kernel'], types: [] },
  adapters: { values: ['adapters', 'ports', 'kernel'], types: [] },
  ports: { values: ['ports', 'kernel'], types: [] },
  kernel: { values: ['kernel'], types: [] },
  migrations: { values: ['migrations'], types: [] },
  public: { values: ['public'], types: [] },
  build: { values: ['kernel'], types: [] },
}

/** The one room of each outside package, as the beginning of the path. */
const packageRooms: Record<string, string[]> = {
  dockerode: ['src/adapters/docker/'],
  'tar-fs': ['src/adapters/docker/'],
  hono: ['src/web/', 'views/'],
  '@hono/node-server': ['src/web/', 'src/assemble.ts', 'src/commands/serve.ts'],
  'better-sqlite3': ['src/kernel/db.ts'],
  kysely: ['src/kernel/', 'src/core/', 'migrations/'],
  lucia: ['src/core/account/'],
  oslo: ['src/core/account/'],
  'node-cron': ['src/schedule.ts'],
  pino: ['src/kernel/log.ts'],
  'htmx.org': ['public/'],
  alpinejs: ['public/'],
  '@fontsource-variable/inter': ['public/', 'build.ts'],
  '@fontsource-variable/jetbrains-mono': ['public/', 'build.ts'],
  esbuild: ['build.ts'],
  'node:child_process': ['src/kernel/process.ts'],
}

export function roomOf(path: string): Room | undefined {
  if (path === 'build.ts') return 'build'
  const top = /^(views|migrations|public)\//.exec(path)?.[1]
  if (top !== undefined) return top as Room
  const inner = /^src\/(web|core|ports|adapters|kernel)\//.exec(path)?.[1]
  if (inner !== undefined) return inner as Room
  return path.startsWith('src/') ? 'entry' : undefined
}

/** Imports that go up a floor or through a wall. */
export function floorFaults(files: SourceFile[]): string[] {
  return eachImport(files, (file, taken, target) => {
    const from = roomOf(file.path)
    const to = target === undefined ? undefined : roomOf(target)
    if (from === undefined || target === undefined) return undefined
    if (to === undefined) return 'takes something that does not ship'
    const allowed = [...floors[from].values, ...(taken.isTypeOnly ? floors[from].types : [])]
    if (!allowed.includes(to)) return `${from} may not import ${to}${taken.isTypeOnly ? '' : ' as a value'}`
    if (from === 'adapters' && to === 'adapters' && folderOf(file.path) !== folderOf(target)) {
      return 'one adapter may not import another'
    }
    if (from === 'web' && /\/(?:store|db)\.ts$/.test(target)) return 'web may not import a store or the database'
    return storeFault(file.path, target, taken)
  })
}

/** A store is private to its noun, but for functions that write into their caller's transaction and for row → noun. */
function storeFault(from: string, target: string, taken: Import): string | undefined {
  if (!/^src\/core\/\w+\/store\.ts$/.test(target) || folderOf(from) === folderOf(target)) return undefined
  const others = taken.values.filter((name) => !/In$|^to[A-Z]/.test(name))
  return others.length === 0 ? undefined : `takes ${others.join(', ')} from another noun's store`
}

/** Outside packages outside their room, and packages that nobody gave a room. */
export function packageFaults(files: SourceFile[]): string[] {
  return eachImport(files, (file, taken, target) => {
    if (target !== undefined || roomOf(file.path) === undefined) return undefined
    const name = packageOf(taken.specifier)
    const rooms = packageRooms[name]
    if (rooms === undefined) return name.startsWith('node:') ? undefined : `${name} has no room in this house`
    if (rooms.some((room) => file.path.startsWith(room))) return undefined
    return `${name} belongs in ${rooms.join(', ')}`
  })
}

type Judge = (file: SourceFile, taken: Import, target: string | undefined) => string | undefined

function eachImport(files: SourceFile[], judge: Judge): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((taken) => {
      const fault = judge(file, taken, resolveImport(file.path, taken.specifier))
      return fault === undefined ? [] : [`${file.path} → ${taken.specifier}: ${fault}`]
    }),
  )
}

function folderOf(path: string): string {
  return path.startsWith('src/adapters/') ? path.split('/').slice(0, 3).join('/') : path.replace(/\/[^/]*$/, '')
}

/** Each circle once, as the files on it. Type imports count: two files that need each other are one file. */
export function importCircles(files: SourceFile[]): string[] {
  const edges = importGraph(files)
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]) => {
    const seen = trail.indexOf(path)
    if (seen >= 0) circles.push([...trail.slice(seen), path].join(' → '))
    if (seen >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const file of files) visit(file.path, [])
  return circles
}

/** Files that no entry leads to. */
export function deadFiles(files: SourceFile[], entries: (path: string) => boolean): string[] {
  const edges = importGraph(files)
  const reached = new Set<string>()
  const queue = files.map(({ path }) => path).filter(entries)
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    queue.push(...(edges.get(path) ?? []))
  }
  return files.map(({ path }) => path).filter((path) => !reached.has(path))
}

function importGraph(files: SourceFile[]): Map<string, string[]> {
  const known = new Set(files.map(({ path }) => path))
  return new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .map(({ specifier }) => resolveImport(file.path, specifier))
        .filter((target): target is string => target !== undefined && known.has(target)),
    ]),
  )
}
