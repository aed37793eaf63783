import { type Failure, failure } from '../../deployment/failure.ts'
import type { FileMap } from '../file-map.ts'

/** One thing that was decided, and where it was read: shown as the first lines of the build log. */
export interface Decision {
  what: string
  value: string
  /** E.g. `package.json > engines.node`. */
  source: string
}

export interface PlanSettings {
  /** Folder of the repository that is the build context; the repository itself when undefined. */
  rootDirectory: string | undefined
  /** Becomes the start command of a generated image; of a Dockerfile's image only the release knows it. */
  startCommand: string | undefined
  serviceId: string
  /** Raised to leave every build cache of the service behind. */
  cacheEpoch: number
  /** Put literally before the names of base images: a mirror, with its trailing slash. */
  basePrefix: string
}

/** How a tree becomes an image. Every path is relative to the root directory, which is the build context. */
export interface SourcePlan {
  /** `dockerfile`, or the name of the provider. */
  builder: string
  /** Without content it is the repository's own file. */
  dockerfile: { path: string; content?: string }
  /** Generated files that join the context; they replace what the commit has at these paths. */
  extraFiles: Record<string, string>
  decisions: Decision[]
  /** Sentences for the person, shown in the log. */
  warnings: string[]
  /** Patterns of what stays out of the context (`ignorer`): the repository's `.dockerignore`, then ours. */
  ignore: string[]
}

/** Nothing can be built from this; the decisions up to there help to see why. */
export interface PlanFailure extends Failure {
  decisions: Decision[]
  warnings: string[]
}

/** One language. `matches` reads root files only: a helper folder never decides what the app is. */
export interface Provider {
  name: string
  /** As people write it: `Node.js`. */
  title: string
  isSupported: boolean
  matches(files: FileMap): boolean
  plan(files: FileMap, settings: PlanSettings): SourcePlan | PlanFailure
}

/** What the product gives as PORT when nothing says otherwise; generated images agree with it. */
export const imagePort = 3000
/** Where generated files live in the context. */
export const generatedFolder = '.handcar'
export const generatedDockerfile = `${generatedFolder}/Dockerfile`

/** Reference of a base image, e.g. `node:24-slim`, with the mirror before it. */
export function baseImage(prefix: string, name: string): string {
  return `${prefix}${name}`
}

/** Id of a build cache; services never share one. */
export function cacheId(settings: PlanSettings, tool: string): string {
  return `hc-${settings.serviceId.replace(/[^A-Za-z0-9-]/g, '-')}-${tool}-${Math.trunc(settings.cacheEpoch)}`
}

export function cannotPlan(why: string, hint: string, found: Partial<PlanFailure> = {}): PlanFailure {
  const { decisions = [], warnings = [], code = 'build.no_builder' } = found
  return { ...failure(code, why, hint), decisions, warnings }
}

/** A language that is recognised so that it is never taken for another one, and cannot be built yet. */
export function notYet(name: string, title: string, matches: Provider['matches']): Provider {
  return {
    name,
    title,
    isSupported: false,
    matches,
    plan: () =>
      cannotPlan(
        `This looks like ${title}. Handcar does not build ${title} yet.`,
        'Add a Dockerfile to the root of the repository, commit and push again.',
        { decisions: [{ what: 'Language', value: title, source: 'files in the root directory' }] },
      ),
  }
}
