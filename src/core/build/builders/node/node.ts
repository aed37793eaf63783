import { isFailure } from '../../../deployment/failure.ts'
import { type FileMap, shown, shownList } from '../../file-map.ts'
import { caddyfile } from '../caddyfile.ts'
import { procfileWarnings, readProcfile } from '../procfile.ts'
import {
  baseImage,
  cacheId,
  cannotPlan,
  type Decision,
  generatedDockerfile,
  generatedFolder,
  type PlanFailure,
  type PlanSettings,
  type Provider,
  type SourcePlan,
} from '../provider.ts'
import { installSteps } from './install-steps.ts'
import {
  builtServerDockerfile,
  builtSiteDockerfile,
  type NodeRecipe,
  plainServerDockerfile,
  siteStart,
} from './node-dockerfile.ts'
import { nodeStart } from './node-start.ts'
import { nodeVersion } from './node-version.ts'
import { hasDependency, type PackageJson, rootPackageJson } from './package-json.ts'
import { type PackageTool, packageTool } from './package-tool.ts'
import { staticOutput } from './static-output.ts'

export const node: Provider = {
  name: 'node',
  title: 'Node.js',
  isSupported: true,
  matches: (files) => files.has('package.json') || (files.has('server.js') && !files.has('index.html')),
  plan: planNode,
}

/** What both sorts of Node app need before it is known which sort it is. */
interface Toolchain {
  json: PackageJson
  recipe: NodeRecipe
  major: number
  decisions: Decision[]
  warnings: string[]
}

function planNode(files: FileMap, settings: PlanSettings): SourcePlan | PlanFailure {
  const toolchain = chooseToolchain(files, settings)
  if (isFailure(toolchain)) return toolchain
  const { json, decisions, warnings } = toolchain
  const procfile = readProcfile(files.read('Procfile'))
  if (procfile.hasMergeConflict) {
    return cannotPlan(
      'Procfile holds the markers of a merge conflict (<<<<<<<).',
      'Resolve the conflict in Procfile, commit and push again.',
      { decisions, warnings },
    )
  }
  warnings.push(...procfileWarnings(procfile))
  const output = staticOutput(files, json, settings.startCommand ?? procfile.processes.get('web'))
  if (output !== undefined && 'unsupported' in output) {
    return cannotPlan(
      `This app is built with ${output.unsupported}. Handcar does not build that yet.`,
      'Add a Dockerfile, or a start script that serves what the build makes.',
      { decisions, warnings },
    )
  }
  if (output !== undefined) return planSite(toolchain, output, settings)
  const start = nodeStart(files, json, procfile, settings.startCommand, toolchain.major)
  if (start === undefined) return noStart(toolchain)
  const program = start.argv[0]
  if (program === 'bun' || program === 'deno') {
    return cannotPlan(
      `The app is started with ${program} (${start.decision.source}). Handcar does not run ${program} yet.`,
      'Add a Dockerfile, or start the app with node.',
      { decisions, warnings },
    )
  }
  decisions.push(start.decision)
  warnings.push(...start.warnings)
  if (start.needsDev !== undefined) {
    const source = `the start command uses ${shown(start.needsDev)}`
    decisions.push({ what: 'Development packages', value: 'kept', source })
  }
  return finished(toolchain, serverDockerfile(toolchain, start.argv, start.needsDev !== undefined), {})
}

function serverDockerfile({ recipe }: Toolchain, argv: string[], keepsDev: boolean): string {
  // Install scripts, local packages and builds may need everything; then source and packages are joined early.
  const isPlain = recipe.build === undefined && (recipe.steps === undefined || recipe.manifests !== undefined)
  const write = isPlain ? plainServerDockerfile : builtServerDockerfile
  return write(recipe, argv, keepsDev)
}

function planSite(
  toolchain: Toolchain,
  output: Exclude<NonNullable<ReturnType<typeof staticOutput>>, { unsupported: string }>,
  settings: PlanSettings,
): SourcePlan | PlanFailure {
  const { decisions, warnings, recipe } = toolchain
  if (!/^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(output.folder)) {
    return cannotPlan(
      `The build's output folder \`${shown(output.folder)}\` is not a plain path below the root directory.`,
      'Let the build write to a folder like dist in the root directory, or add a Dockerfile.',
      { decisions, warnings },
    )
  }
  decisions.push({ what: 'Static site', value: output.framework, source: output.source })
  decisions.push({ what: 'Output folder', value: output.folder, source: output.framework })
  const site = siteStart(baseImage(settings.basePrefix, 'caddy:2-alpine'))
  const rules = { isSinglePage: output.isSinglePage, hashedFolder: output.hashedFolder }
  return finished(toolchain, builtSiteDockerfile(recipe, output.folder, site), {
    [`${generatedFolder}/Caddyfile`]: caddyfile(rules),
  })
}

function finished(toolchain: Toolchain, dockerfile: string, extraFiles: Record<string, string>): SourcePlan {
  const { decisions, warnings, recipe } = toolchain
  return {
    builder: 'node',
    dockerfile: { path: generatedDockerfile, content: dockerfile },
    extraFiles,
    decisions,
    warnings,
    // Committed packages were made for another machine; manifests are needed even where .dockerignore lists them.
    ignore: ['**/node_modules', generatedFolder, ...(recipe.manifests ?? []).map((file) => `!${file}`)],
  }
}

function chooseToolchain(files: FileMap, settings: PlanSettings): Toolchain | PlanFailure {
  const json = rootPackageJson(files)
  if (typeof json === 'string') {
    return cannotPlan(json, 'Repair package.json (or add a Dockerfile), commit and push again.')
  }
  const version = nodeVersion(files, json)
  if (isFailure(version)) return version
  const decisions = [version.decision]
  const tool = packageTool(files, json)
  if (isFailure(tool)) return { ...tool, decisions }
  const steps = hasPackages(json) ? installSteps(tool, settings, version.major) : undefined
  decisions.push(steps === undefined ? nothingToInstall : tool.decision)
  const script = (['build', 'heroku-postbuild'] as const).find((name) => Object.hasOwn(json.scripts, name))
  const build = script === undefined ? undefined : (steps?.run(script) ?? `npm run ${script}`)
  if (build !== undefined) decisions.push({ what: 'Build', value: build, source: `package.json > scripts.${script}` })
  const nextMount = `--mount=type=cache,id=${cacheId(settings, 'next')},target=/app/.next/cache`
  return {
    json,
    major: version.major,
    recipe: {
      image: baseImage(settings.basePrefix, `node:${version.tag}-slim`),
      manifests: needsWholeSource(files, json) ? undefined : manifests(files, tool),
      steps,
      build,
      buildMount: hasDependency(json, 'next') ? nextMount : undefined,
    },
    decisions,
    warnings: [
      ...version.warnings,
      ...(steps === undefined ? [] : [...tool.warnings, ...nativeWarnings(json, version.major)]),
    ],
  }
}

const nothingToInstall: Decision = { what: 'Packages', value: 'none', source: 'package.json lists no dependencies' }

function hasPackages(json: PackageJson): boolean {
  const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare']
  return (
    Object.keys(json.all).length > 0 ||
    json.hasWorkspaces ||
    lifecycle.some((name) => Object.hasOwn(json.scripts, name))
  )
}

/** Install scripts, patches, Prisma, local packages and workspaces read files that manifests alone do not bring. */
function needsWholeSource(files: FileMap, json: PackageJson): boolean {
  const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']
  return (
    json.hasWorkspaces ||
    files.has('pnpm-workspace.yaml') ||
    files.hasFolder('patches') ||
    files.hasFolder('prisma') ||
    lifecycle.some((name) => Object.hasOwn(json.scripts, name)) ||
    Object.values(json.all).some((wanted) => /^(?:file|link|portal|workspace|patch):|^\.{0,2}\//.test(wanted))
  )
}

function manifests(files: FileMap, tool: PackageTool): string[] {
  const names = ['package.json', tool.lockFile, '.npmrc', tool.name === 'yarn' ? '.yarnrc' : undefined]
  return names.filter((name) => name !== undefined).filter((name) => files.has(name))
}

const nativePackages = ['better-sqlite3', 'bcrypt', 'sqlite3', 'canvas', 'argon2', 'node-sass', 're2', 'zeromq']

/** npm 12 skips the install scripts that fetch or compile these, and the app would fail only when it starts. */
function nativeWarnings(json: PackageJson, major: number): string[] {
  if (major < 24) return []
  const blocked = nativePackages.filter((name) => hasDependency(json, name) && !json.allowScripts.includes(name))
  if (blocked.length === 0) return []
  const lines = blocked.map((name) => `"${name}": true`).join(', ')
  return [`npm 12 skips install scripts unless package.json allows them. Add "allowScripts": { ${lines} }.`]
}

function noStart({ decisions, warnings, json }: Toolchain): PlanFailure {
  const names = Object.keys(json.scripts)
  const scripts = names.length === 0 ? 'It has no scripts' : `Its scripts: ${shownList(names, 10)}`
  const searched = 'no start script, no Procfile, and no index.js or server.js'
  return cannotPlan(
    `package.json does not say how the app starts: ${searched}. ${scripts}.`,
    [
      'Add a start script to package.json, like "start": "node server.js", commit and push again.',
      'Or set the start command in Settings.',
    ].join('\n'),
    { decisions, warnings },
  )
}
