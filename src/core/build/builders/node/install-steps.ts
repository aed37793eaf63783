import { cacheId, type PlanSettings } from '../provider.ts'
import type { PackageTool } from './package-tool.ts'

/** Shell text of the steps of one package tool. Nothing in it comes from the repository. */
export interface InstallSteps {
  /** Puts the tool itself into the build stage. */
  tool: string | undefined
  /** Cache mount of downloads, for every step that may download. */
  mount: string
  install: string
  /** Leaves development dependencies out. */
  installProduction: string
  prune: string
  run(script: 'build' | 'heroku-postbuild'): string
}

export function installSteps(tool: PackageTool, settings: PlanSettings, nodeMajor: number): InstallSteps {
  if (tool.name === 'pnpm') return pnpmSteps(tool, settings)
  if (tool.name === 'yarn') return yarnSteps(tool, settings)
  return npmSteps(tool, settings, nodeMajor)
}

function npmSteps(tool: PackageTool, settings: PlanSettings, nodeMajor: number): InstallSteps {
  const quiet = '--no-audit --no-fund'
  // npm 6, which Node 14 and older bring, knows only the older word.
  const production = nodeMajor < 16 ? '--production' : '--omit=dev'
  const steps = (more: string) =>
    tool.lockFile === undefined ? `npm install ${quiet}${more}` : cleanInstall(`${quiet}${more}`)
  return {
    tool: undefined,
    mount: `--mount=type=cache,id=${cacheId(settings, 'npm')},target=/root/.npm`,
    install: steps(''),
    installProduction: steps(` ${production}`),
    prune: `npm prune ${production} --ignore-scripts ${quiet}`,
    run: (script) => `npm run ${script}`,
  }
}

/**
 * `npm ci`, and on the one error that says the lock file does not fit, `npm install` with a warning that is seen.
 * npm's own log tells the errors apart; any other one keeps its exit code, which may say that memory ran out.
 */
function cleanInstall(options: string): string {
  return [
    `npm ci ${options} || { code=$?;`,
    '  grep -qsE "code EUSAGE|cipm can only install" /root/.npm/_logs/*; found=$?; rm -rf /root/.npm/_logs;',
    '  [ $found = 0 ] || exit $code;',
    `  echo "${lockMismatchWarning}";`,
    `  npm install ${options}; }`,
  ].join(' \\\n    ')
}

/** Printed by the build itself; the log shows it where it happens. */
export const lockMismatchWarning =
  'WARNING: the lock file does not fit package.json, so npm install is used. Run npm install and commit the lock file.'

function pnpmSteps(tool: PackageTool, settings: PlanSettings): InstallSteps {
  const frozen = tool.lockFile === undefined ? '--no-frozen-lockfile' : '--frozen-lockfile'
  const isOld = /^[1-7]\./.test(tool.version ?? '')
  return {
    tool: `npm install -g --no-audit --no-fund pnpm@${tool.version} && pnpm config set store-dir /pnpm/store`,
    mount: `--mount=type=cache,id=${cacheId(settings, 'pnpm')},target=/pnpm/store`,
    install: `CI=true pnpm install ${frozen}`,
    installProduction: `CI=true pnpm install --prod ${frozen}`,
    // pnpm 7 and older know this option only as a setting.
    prune: isOld
      ? 'CI=true npm_config_ignore_scripts=true pnpm prune --prod'
      : 'CI=true pnpm prune --prod --ignore-scripts',
    run: (script) => `pnpm run ${script}`,
  }
}

function yarnSteps(tool: PackageTool, settings: PlanSettings): InstallSteps {
  const frozen = tool.lockFile === undefined ? '' : ' --frozen-lockfile'
  const quiet = '--non-interactive --cache-folder /yarn-cache'
  return {
    // The official image may bring another Yarn 1 at the same place.
    tool: `npm install -g --no-audit --no-fund --force yarn@${tool.version}`,
    mount: `--mount=type=cache,id=${cacheId(settings, 'yarn')},target=/yarn-cache,sharing=locked`,
    install: `yarn install${frozen} ${quiet}`,
    installProduction: `yarn install --production${frozen} ${quiet}`,
    prune: `yarn install --production --ignore-scripts --prefer-offline${frozen} ${quiet}`,
    run: (script) => `yarn run ${script}`,
  }
}
