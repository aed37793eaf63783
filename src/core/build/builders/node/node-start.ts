import { type FileMap, shown } from '../../file-map.ts'
import type { Procfile } from '../procfile.ts'
import type { Decision } from '../provider.ts'
import { startForm } from '../start-command.ts'
import { hasDependency, type PackageJson } from './package-json.ts'
import { startsDevelopmentServer } from './static-output.ts'

export interface NodeStart {
  argv: string[]
  decision: Decision
  /** The development dependency that the start command needs, so none of them may be removed. */
  needsDev: string | undefined
  warnings: string[]
}

interface Found {
  command: string
  source: string
}

/** Programs that come from a package of another name. */
const programPackages: Record<string, string> = {
  tsc: 'typescript',
  nest: '@nestjs/cli',
  ng: '@angular/cli',
  remix: '@remix-run/dev',
}

/** What the person named wins, then the Procfile, then the start script, then files that are there by convention. */
export function nodeStart(
  files: FileMap,
  json: PackageJson,
  procfile: Procfile,
  setting: string | undefined,
  major: number,
): NodeStart | undefined {
  const found = findStart(files, json, procfile, setting, major)
  if (found === undefined) return undefined
  const command = expandScript(json, found.command)
  const form = startForm(command)
  const warnings = form.isDirect
    ? []
    : [`The start command needs a shell, so a shell receives SIGTERM and the app may not: \`${shown(command)}\``]
  const decision = { what: 'Start', value: shown(command, 200), source: found.source }
  return { argv: form.argv, decision, needsDev: neededDevelopmentPackage(json, command), warnings }
}

function findStart(
  files: FileMap,
  json: PackageJson,
  procfile: Procfile,
  setting: string | undefined,
  major: number,
): Found | undefined {
  if (setting !== undefined) return { command: setting, source: 'Settings > start command' }
  const web = procfile.processes.get('web')
  if (web !== undefined) return { command: web, source: 'Procfile > web' }
  const framework = frameworkStart(json)
  const start = json.scripts.start
  const isForDevelopment = start !== undefined && framework !== undefined && startsDevelopmentServer(start)
  if (start !== undefined && !isForDevelopment) {
    return { command: 'npm run start', source: 'package.json > scripts.start' }
  }
  return framework ?? fileStart(files, json, major)
}

/** Servers that a build leaves at a known place. */
function frameworkStart(json: PackageJson): Found | undefined {
  if (hasDependency(json, 'nuxt') || hasDependency(json, 'nitropack')) {
    return { command: 'node .output/server/index.mjs', source: 'framework Nuxt' }
  }
  if (hasDependency(json, '@sveltejs/adapter-node')) {
    return { command: 'node build', source: 'framework SvelteKit with adapter-node' }
  }
  if (hasDependency(json, '@astrojs/node')) {
    return { command: 'node ./dist/server/entry.mjs', source: 'framework Astro with @astrojs/node' }
  }
  if (hasDependency(json, 'next') && /\bnext build\b/.test(json.scripts.build ?? ''))
    return { command: 'next start', source: 'framework Next.js' }
  return undefined
}

function fileStart(files: FileMap, json: PackageJson, major: number): Found | undefined {
  const main = json.main?.replace(/^\.\//, '')
  if (main !== undefined && /^[\w@.][\w@./-]*$/.test(main)) {
    const isBuilt = json.scripts.build !== undefined && !files.has(main)
    const found = [main, `${main}.js`, `${main}/index.js`].find((path) => files.has(path) && runs(path, major))
    if (found !== undefined) return { command: `node ${found}`, source: 'package.json > main' }
    if (isBuilt && runs(main, major))
      return { command: `node ${main}`, source: 'package.json > main, made by the build' }
  }
  const names = ['index.js', 'server.js', 'index.mjs', 'server.mjs', 'index.cjs', 'server.cjs', 'index.ts', 'server.ts']
  const file = names.find((path) => files.has(path) && runs(path, major))
  return file === undefined ? undefined : { command: `node ${file}`, source: `the file ${file}` }
}

/** Node runs TypeScript by itself since 24 (and late 22). */
function runs(path: string, major: number): boolean {
  return /\.[mc]?js$/.test(path) || (/\.[mc]?ts$/.test(path) && !path.endsWith('.d.ts') && major >= 24)
}

const scriptCall = /^(?:npm run|npm run-script|yarn run|yarn|pnpm run|pnpm)\s+([\w:.-]+)$/

/** Scripts are started without their package tool: it costs two processes and keeps SIGTERM to itself. */
function expandScript(json: PackageJson, command: string, depth = 0): string {
  const name = /^(?:npm|yarn|pnpm) start$/.test(command) ? 'start' : scriptCall.exec(command)?.[1]
  const script = name === undefined ? undefined : ownScript(json, name)
  if (name === undefined || script === undefined || depth > 5) return command
  if (script.includes('npm_')) return `npm run ${name}`
  const before = ownScript(json, `pre${name}`)
  const body = expandScript(json, script.trim(), depth + 1)
  return before === undefined ? body : `${expandScript(json, before.trim(), depth + 1)} && ${body}`
}

function ownScript(json: PackageJson, name: string): string | undefined {
  return Object.hasOwn(json.scripts, name) ? json.scripts[name] : undefined
}

function neededDevelopmentPackage(json: PackageJson, command: string): string | undefined {
  for (const word of command.split(/[\s;&|()"'=]+/)) {
    const name = packageOf(word)
    if (name === undefined || Object.hasOwn(json.dependencies, name)) continue
    if (Object.hasOwn(json.devDependencies, name)) return name
  }
  return undefined
}

/** The package a word of a command may mean: `ts-node/register` means ts-node, `tsc` means typescript. */
function packageOf(word: string): string | undefined {
  const name = word.startsWith('@') ? word.split('/').slice(0, 2).join('/') : word.split('/')[0]
  if (name === undefined || name === '') return undefined
  return Object.hasOwn(programPackages, name) ? programPackages[name] : name
}
