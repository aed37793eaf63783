import { generatedFolder, imagePort } from '../provider.ts'
import { commandLine } from '../start-command.ts'
import type { InstallSteps } from './install-steps.ts'

export interface NodeRecipe {
  image: string
  /** Files the install step needs; undefined when it needs the whole source. */
  manifests: string[] | undefined
  /** Undefined when there is nothing to install. */
  steps: InstallSteps | undefined
  build: string | undefined
  /** Cache mount of the framework's own build cache. */
  buildMount: string | undefined
}

/** A server whose source runs as it is: packages and source join only in the last stage, so both are cached apart. */
export function plainServerDockerfile(recipe: NodeRecipe, argv: readonly string[], keepsDev: boolean): string {
  const { steps, image } = recipe
  const lines: string[] = []
  if (steps !== undefined) {
    lines.push(...dependencies(recipe, steps, keepsDev ? steps.install : steps.installProduction), '')
  }
  lines.push(...runtime(image))
  if (steps !== undefined) lines.push('COPY --from=deps --chown=1000:1000 /app/node_modules ./node_modules')
  lines.push('COPY --chown=1000:1000 . .', 'USER 1000:1000', commandLine(argv))
  return text(lines)
}

/** A server that is built: development packages are there for the build and leave before the last stage. */
export function builtServerDockerfile(recipe: NodeRecipe, argv: readonly string[], keepsDev: boolean): string {
  const lines = buildStage(recipe)
  if (recipe.steps !== undefined && !keepsDev) lines.push(run(recipe.steps.mount, recipe.steps.prune))
  lines.push(
    '',
    ...runtime(recipe.image),
    'COPY --from=build --chown=1000:1000 /app ./',
    'USER 1000:1000',
    commandLine(argv),
  )
  return text(lines)
}

/** A build that leaves files only, served by Caddy. `folder` is a checked path below the root directory. */
export function builtSiteDockerfile(recipe: NodeRecipe, folder: string, site: readonly string[]): string {
  return text([...buildStage(recipe), '', ...site, `COPY --from=build /app/${folder} /srv`, ...siteEnd()])
}

/** First lines of the last stage of a site. */
export function siteStart(image: string): string[] {
  return [`FROM ${image}`, `ENV PORT=${imagePort} XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp`, 'WORKDIR /srv']
}

export function siteEnd(caddyfile = `${generatedFolder}/Caddyfile`): string[] {
  return [
    `COPY ${caddyfile} /etc/caddy/Caddyfile`,
    'USER 1000:1000',
    commandLine(['caddy', 'run', '--config', '/etc/caddy/Caddyfile', '--adapter', 'caddyfile']),
  ]
}

function buildStage(recipe: NodeRecipe): string[] {
  const { steps, image, build } = recipe
  const lines = steps === undefined ? [] : [...dependencies(recipe, steps, steps.install), '']
  lines.push(`FROM ${steps === undefined ? image : 'deps'} AS build`, 'WORKDIR /app')
  if (steps === undefined || recipe.manifests !== undefined) lines.push('COPY . .')
  if (build !== undefined) lines.push(run(recipe.buildMount, build))
  return lines
}

function dependencies(recipe: NodeRecipe, steps: InstallSteps, install: string): string[] {
  const lines = [`FROM ${recipe.image} AS deps`]
  if (steps.tool !== undefined) lines.push(run(undefined, steps.tool))
  lines.push('WORKDIR /app', recipe.manifests === undefined ? 'COPY . .' : `COPY ${recipe.manifests.join(' ')} ./`)
  lines.push(run(steps.mount, install), 'RUN mkdir -p node_modules')
  return lines
}

function runtime(image: string): string[] {
  return [
    `FROM ${image}`,
    `ENV NODE_ENV=production PORT=${imagePort} HOST=0.0.0.0 PATH=/app/node_modules/.bin:$PATH`,
    'WORKDIR /app',
    'RUN chown 1000:1000 /app',
  ]
}

function run(mount: string | undefined, command: string): string {
  return mount === undefined ? `RUN ${command}` : `RUN ${mount} \\\n    ${command}`
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
