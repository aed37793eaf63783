import type { FileMap } from '../../file-map.ts'
import { hasDependency, type PackageJson } from './package-json.ts'

/** A framework whose build leaves a folder of files, and no program to run. */
export interface StaticOutput {
  framework: string
  folder: string
  source: string
  /** Unknown addresses answer with index.html: the app routes by itself. */
  isSinglePage: boolean
  /** Names under here carry a hash of their content, so browsers may keep them for ever. */
  hashedFolder: string
}

/** A framework that would need its own rules; named, so that it is not built wrongly. */
export interface UnsupportedOutput {
  unsupported: string
}

type Found = StaticOutput | UnsupportedOutput | undefined

/** Programs of a framework's own development or preview server. */
const developmentServers = [
  'vite(?: (?:dev|serve|preview))?',
  '(?:react-scripts|craco|expo) start',
  '(?:astro|nuxt|nuxi) (?:dev|preview)',
  'ng serve',
]
const ownStart = new RegExp(`^(?:npx )?(?:${developmentServers.join('|')})\\b[\\w\\s.:=/-]*$`)

/** Whether this start script serves nothing but a developer. */
export function startsDevelopmentServer(script: string): boolean {
  return ownStart.test(script.trim())
}

/** Vite apps with a server of their own, which the rules for plain Vite would miss. */
const viteServers = ['@sveltejs/kit', '@remix-run/dev', '@react-router/dev', 'astro', 'nuxt', '@tanstack/react-start']
const moreViteServers = [
  '@tanstack/solid-start',
  '@solidjs/start',
  '@builder.io/qwik-city',
  'vike',
  'vinxi',
  '@analogjs/platform',
]

/** Undefined for an app with a program to start, also when the person named the command. */
export function staticOutput(files: FileMap, json: PackageJson, named: string | undefined): Found {
  const start = json.scripts.start
  if (named !== undefined || json.scripts.build === undefined) return undefined
  if (start !== undefined && !startsDevelopmentServer(start)) return nextExport(files, json)
  return nextExport(files, json) ?? astro(files, json) ?? reactScripts(json) ?? vite(files, json) ?? others(files, json)
}

function astro(files: FileMap, json: PackageJson): Found {
  if (!hasDependency(json, 'astro')) return undefined
  const config = readConfig(files, 'astro')
  if (/\badapter\s*:/.test(config) || /\boutput\s*:\s*['"`](?:server|hybrid)['"`]/.test(config)) return undefined
  if (Object.keys(json.all).some((name) => /^@astrojs\/(?:node|vercel|netlify|cloudflare)$/.test(name)))
    return undefined
  const folder = below('.', configFolder(config) ?? 'dist')
  return { framework: 'Astro', folder, source: 'dependency astro', isSinglePage: false, hashedFolder: '/_astro' }
}

function reactScripts(json: PackageJson): Found {
  const build = json.scripts.build ?? ''
  if (!hasDependency(json, 'react-scripts') || !/\b(?:react-scripts|craco|react-app-rewired) build\b/.test(build)) {
    return undefined
  }
  const folder = below('.', /\bBUILD_PATH=['"]?([^\s'"]+)/.exec(build)?.[1] ?? 'build')
  const source = 'dependency react-scripts'
  return { framework: 'Create React App', folder, source, isSinglePage: true, hashedFolder: '/static' }
}

function vite(files: FileMap, json: PackageJson): Found {
  if (!hasDependency(json, 'vite')) return undefined
  if ([...viteServers, ...moreViteServers].some((name) => hasDependency(json, name))) return undefined
  const build = json.scripts.build ?? ''
  const config = readConfig(files, 'vite')
  if (config === '' && !/\bvite build\b/.test(build)) return undefined
  const asked = /--outDir[ =]['"]?([^\s'"]+)/.exec(build)?.[1]
  const source = asked === undefined ? 'dependency vite' : 'package.json > scripts.build'
  const root = /(?:^|[\s{,])root\s*:\s*['"`]([^'"`]+)['"`]/.exec(config)?.[1] ?? '.'
  const folder = below(root, asked ?? configFolder(config) ?? 'dist')
  return { framework: 'Vite', folder, source, isSinglePage: true, hashedFolder: '/assets' }
}

function nextExport(files: FileMap, json: PackageJson): Found {
  const isExport = hasDependency(json, 'next') && /\boutput\s*:\s*['"`]export['"`]/.test(readConfig(files, 'next'))
  return isExport ? { unsupported: 'a static export of Next.js' } : undefined
}

function others(files: FileMap, json: PackageJson): Found {
  if (hasDependency(json, '@angular/core')) return { unsupported: 'Angular' }
  if (hasDependency(json, 'expo')) return { unsupported: 'Expo' }
  if (hasDependency(json, 'gatsby')) return { unsupported: 'Gatsby' }
  if (hasDependency(json, '@sveltejs/adapter-static')) return { unsupported: 'SvelteKit with adapter-static' }
  if (/\b(?:nuxt|nuxi) generate\b/.test(json.scripts.build ?? '')) return { unsupported: 'a static export of Nuxt' }
  if (/\bssr\s*:\s*false/.test(readConfig(files, 'react-router')))
    return { unsupported: 'React Router without a server' }
  return undefined
}

/** Text of `NAME.config.*` without its comments; empty when there is none. */
export function readConfig(files: FileMap, name: string): string {
  const found = ['js', 'ts', 'mjs', 'mts', 'cjs', 'cts'].map((ending) => `${name}.config.${ending}`)
  const path = found.find((candidate) => files.has(candidate))
  if (path === undefined) return ''
  return withoutBlockComments(files.read(path) ?? '').replace(/(^|\s)\/\/[^\n]*/g, '$1')
}

/** One that is never closed stays. By a search that goes forward only: a file may hold thousands of those. */
function withoutBlockComments(text: string): string {
  let kept = ''
  let from = 0
  for (let start = text.indexOf('/*'); start !== -1; start = text.indexOf('/*', from)) {
    const end = text.indexOf('*/', start + 2)
    if (end === -1) break
    kept += text.slice(from, start)
    from = end + 2
  }
  return kept + text.slice(from)
}

function configFolder(config: string): string | undefined {
  return /\boutDir\s*:\s*['"`]([^'"`]+)['"`]/.exec(config)?.[1]
}

/** `client` and `../dist/` give `dist`. What leaves the root directory keeps its `/` or `..` and is refused later. */
function below(root: string, folder: string): string {
  if (root.startsWith('/') || folder.startsWith('/')) return `/${folder}`
  const kept: string[] = []
  for (const segment of `${root}/${folder}`.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(segment)
  }
  return kept.join('/')
}
