import { isFailure } from '../deployment/failure.ts'
import { readProcfile } from './builders/procfile.ts'
import { cannotPlan, type PlanFailure, type PlanSettings, type SourcePlan } from './builders/provider.ts'
import { buildableFolders, detect } from './detect.ts'
import { type FileMap, inFolder, normalRoot, shown } from './file-map.ts'
import { readIgnore } from './ignore.ts'

export type { Decision, PlanFailure, PlanSettings, SourcePlan } from './builders/provider.ts'

/** From the tree of a commit to the way it is built. Pure; every answer carries what was decided and why. */
export function planBuild(tree: FileMap, settings: PlanSettings): SourcePlan | PlanFailure {
  const root = normalRoot(settings.rootDirectory)
  if (root === undefined) {
    return cannotPlan(
      `The root directory \`${shown(settings.rootDirectory ?? '')}\` leaves the repository.`,
      'Set the root directory in Settings to a folder of the repository, like backend.',
      { code: 'source.empty' },
    )
  }
  if (root !== '' && !tree.hasFolder(root)) return noSuchFolder(tree, root)
  if (!/^[A-Za-z0-9._:/@-]*$/.test(settings.basePrefix)) {
    return cannotPlan(
      'HANDCAR_BASE_PREFIX is not the beginning of an image name.',
      'Correct it in the server settings.',
    )
  }
  const files = inFolder(tree, root)
  const found = detect(files)
  if (isFailure(found)) return found
  const plan = 'dockerfile' in found ? dockerfilePlan(files, found.dockerfile) : found.provider.plan(files, settings)
  if (root !== '')
    plan.decisions.unshift({ what: 'Root directory', value: shown(root), source: 'Settings > root directory' })
  if ('provider' in found) {
    const others = found.others.filter((other) => other.name !== 'static' && other.name !== 'compose')
    plan.decisions.unshift({ what: 'Builder', value: found.provider.title, source: 'files in the root directory' })
    if (others.length > 0) {
      const titles = others.map((other) => other.title).join(', ')
      plan.warnings.push(`Files of ${titles} are there as well. Add a Dockerfile if ${found.provider.title} is wrong.`)
    }
  }
  return isFailure(plan) ? plan : withIgnoreFile(files, plan)
}

function dockerfilePlan(files: FileMap, path: string): SourcePlan | PlanFailure {
  const frontend = /^\uFEFF?#\s*syntax\s*=\s*(\S+)/i.exec(files.read(path) ?? '')?.[1]
  if (frontend !== undefined && !/^(?:docker\.io\/)?docker\/dockerfile(?:[:@]|$)/.test(frontend)) {
    return cannotPlan(
      `The Dockerfile asks for the frontend \`${shown(frontend)}\`. Only docker/dockerfile is taken.`,
      'Change or remove the `# syntax=` line, commit and push again.',
      { code: 'build.failed' },
    )
  }
  const procfile = readProcfile(files.read('Procfile'))
  const warnings = files.has('Procfile') ? ['Procfile is not read beside a Dockerfile: its CMD starts the app.'] : []
  return {
    builder: 'dockerfile',
    dockerfile: { path },
    extraFiles: {},
    decisions: [{ what: 'Builder', value: 'Dockerfile', source: 'found in the root directory' }],
    warnings: procfile.hasMergeConflict ? [...warnings, 'Procfile holds the markers of a merge conflict.'] : warnings,
    ignore: [],
  }
}

/** The repository's own rules first, so that ours, which a generated build needs, come last and win. */
function withIgnoreFile(files: FileMap, plan: SourcePlan): SourcePlan {
  const own = readIgnore(files.read('.dockerignore') ?? '')
  const warnings = [...plan.warnings]
  if (files.has('.dockerignore') && files.read('.dockerignore') === undefined) {
    warnings.push('.dockerignore cannot be read (a link, or too large): every file goes into the build.')
  }
  return { ...plan, warnings, ignore: [...own, ...plan.ignore] }
}

function noSuchFolder(tree: FileMap, root: string): PlanFailure {
  const [similar] = buildableFolders(tree, (folder) => folder.toLowerCase() === root.toLowerCase())
  const correct =
    similar === undefined
      ? 'Correct or empty the root directory in Settings.'
      : `Set the root directory to \`${shown(similar)}\` in Settings: names are case sensitive here.`
  const why = `The commit has no folder \`${shown(root)}\`, which is the root directory in Settings.`
  return cannotPlan(why, `${correct}\nThen press Rebuild or push again.`, { code: 'source.empty' })
}
