import { cannotPlan, type PlanFailure, type Provider } from './builders/provider.ts'
import { providers } from './builders/registry.ts'
import { type FileMap, folders, inFolder, rootFiles, shown, shownList } from './file-map.ts'

export type Detection = { dockerfile: string } | { provider: Provider; others: Provider[] } | PlanFailure

/** A Dockerfile wins; then the first language whose root files match. Nothing below the root directory decides. */
export function detect(files: FileMap): Detection {
  if (files.paths.length === 0) return cannotPlan(noFiles, noFilesHint, { code: 'source.empty' })
  if (files.has('Dockerfile')) return { dockerfile: 'Dockerfile' }
  const [provider, ...others] = providers.filter((candidate) => candidate.matches(files))
  return provider === undefined ? nothingMatches(files) : { provider, others }
}

const noFiles = 'The commit, or the root directory in it, holds no files.'
const noFilesHint = 'Commit your files, check the root directory in Settings, and push again.'

/** Sub-folders that would build if they were the root directory, the nearest first. */
export function buildableFolders(files: FileMap, isMeant = (_folder: string) => true): string[] {
  const candidates = folders(files.paths).filter(
    (folder) => isMeant(folder) && !/(?:^|\/)(?:node_modules|vendor|\.[^/]*)(?:\/|$)/.test(folder),
  )
  const contents = contentsOf(files.paths)
  return candidates
    .filter((folder) => {
      const inside = inFolder(files, folder, contents.get(folder) ?? [])
      const wins = providers.find((candidate) => candidate.matches(inside))
      return inside.has('Dockerfile') || wins?.isSupported === true
    })
    .sort((left, right) => left.split('/').length - right.split('/').length || (left < right ? -1 : 1))
}

/**
 * By folder: the paths of its files and of one file in each folder right below it, which is all that `matches` reads.
 * In one walk: there may be as many folders as files.
 */
function contentsOf(paths: readonly string[]): Map<string, string[]> {
  const contents = new Map<string, string[]>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      const known = contents.get(folder)
      if (known === undefined) contents.set(folder, [path])
      else {
        known.push(path)
        break
      }
    }
  }
  return contents
}

function nothingMatches(files: FileMap): PlanFailure {
  const names = rootFiles(files)
  const listing =
    names.length === 0 ? 'There are no files in the root directory, only folders' : `Root files: ${shownList(names)}`
  const candidates = buildableFolders(files).slice(0, 5)
  const steps = [
    ...misspelt(names),
    ...candidates.map(
      (folder) =>
        `Set the root directory to \`${shown(folder)}\` in Settings and press Rebuild: that folder would build.`,
    ),
    'Or add a Dockerfile, commit and push again.',
  ]
  if (steps.length === 1) steps[0] = 'Add a Dockerfile to the root of the repository, commit and push again.'
  return cannotPlan(`No Dockerfile and no language that Handcar builds was found. ${listing}.`, steps.join('\n'))
}

const expected = ['Dockerfile', 'package.json', 'index.html', 'Staticfile', 'Procfile']

/** Names are case sensitive on Linux, and editors add endings. */
function misspelt(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const plain = name.toLowerCase().replace(/\.txt$/, '')
    const meant = expected.find((candidate) => candidate.toLowerCase() === plain && candidate !== name)
    return meant === undefined ? [] : [`Rename \`${shown(name)}\` to \`${meant}\`: names are case sensitive here.`]
  })
}
