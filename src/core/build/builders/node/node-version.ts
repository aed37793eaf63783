import { type FileMap, shown } from '../../file-map.ts'
import { cannotPlan, type Decision, type PlanFailure } from '../provider.ts'
import { type Interval, intersect, parseRange, tagWithin, wholeMajor } from '../version-range.ts'
import type { PackageJson } from './package-json.ts'

export const defaultMajor = 24
/** Majors with an official slim image that still starts here. */
const oldestMajor = 8
const newestMajor = 26
/** Code names of long-term support lines, as `.nvmrc` files name them. */
const ltsNames = new Map([
  ['carbon', 8],
  ['dubnium', 10],
  ['erbium', 12],
  ['fermium', 14],
  ['gallium', 16],
  ['hydrogen', 18],
  ['iron', 20],
  ['jod', 22],
  ['krypton', 24],
])
const newestLts = 24

export interface NodeVersion {
  /** Tag of the base image without `-slim`: `24`, `20.4` or an exact version. */
  tag: string
  major: number
  decision: Decision
  warnings: string[]
}

interface Declared {
  text: string
  source: string
  versions: Interval[]
}

/**
 * A declared range, narrowed by a pin file that lies in it. An unreadable or absent version is a failure that names
 * file and value: falling back to another one would run the app on a Node that its owner did not ask for.
 */
export function nodeVersion(files: FileMap, json: PackageJson): NodeVersion | PlanFailure {
  const declared: Declared[] = []
  const pins: Declared[] = []
  for (const { source, text, isPin } of declarations(files, json)) {
    const versions = isPin ? parsePin(text) : parseRange(text)
    if (versions === undefined) return unreadable(source, text)
    const list = isPin ? pins : declared
    list.push({ text, source, versions })
  }
  const [range] = declared
  const [pin] = pins
  const chosen = chooseDeclaration(range, pin)
  if (chosen === undefined) {
    const decision = { what: 'Node', value: `${defaultMajor}`, source: 'default: no version is declared' }
    return { tag: `${defaultMajor}`, major: defaultMajor, decision, warnings: [] }
  }
  const major = chooseMajor(chosen.versions)
  const tag = major === undefined ? undefined : tagWithin(chosen.versions, major)
  if (major === undefined || tag === undefined) return unavailable(chosen)
  const ignored = [...declared, ...pins].filter((other) => intersect(other.versions, chosen.versions).length === 0)
  return {
    tag,
    major,
    decision: { what: 'Node', value: tag, source: `${chosen.source}: ${shown(chosen.text)}${within(range, chosen)}` },
    warnings: ignored.map(
      (other) => `${other.source} asks for Node ${shown(other.text)}; ${chosen.source} was followed instead.`,
    ),
  }
}

function chooseDeclaration(range: Declared | undefined, pin: Declared | undefined): Declared | undefined {
  if (range === undefined || pin === undefined) return range ?? pin
  const versions = intersect(range.versions, pin.versions)
  return versions.length === 0 ? range : { ...pin, versions }
}

function within(range: Declared | undefined, chosen: Declared): string {
  return range === undefined || range.source === chosen.source ? '' : `, within ${range.source}: ${shown(range.text)}`
}

/** The newest even major up to our default; above it the first one, so that no untested major comes by surprise. */
function chooseMajor(versions: readonly Interval[]): number | undefined {
  const majors: number[] = []
  for (let major = oldestMajor; major <= newestMajor; major++) {
    if (intersect(versions, [wholeMajor(major)]).length > 0) majors.push(major)
  }
  const even = majors.filter((major) => major % 2 === 0)
  return even.findLast((major) => major <= defaultMajor) ?? even[0] ?? majors.at(-1)
}

function declarations(files: FileMap, json: PackageJson): Array<{ source: string; text: string; isPin: boolean }> {
  const found: Array<{ source: string; text: string | undefined; isPin: boolean }> = [
    { source: 'package.json > engines.node', text: json.engines.node, isPin: false },
    { source: 'package.json > devEngines.runtime', text: json.devEnginesNode, isPin: false },
    { source: 'package.json > volta.node', text: json.volta.node, isPin: true },
    { source: '.nvmrc', text: firstLine(files.read('.nvmrc')), isPin: true },
    { source: '.node-version', text: firstLine(files.read('.node-version')), isPin: true },
    { source: '.tool-versions', text: toolVersion(files.read('.tool-versions')), isPin: true },
    { source: 'mise.toml', text: miseVersion(files.read('mise.toml') ?? files.read('.mise.toml')), isPin: true },
  ]
  return found.flatMap(({ source, text, isPin }) => (text === undefined ? [] : [{ source, text, isPin }]))
}

function firstLine(text: string | undefined): string | undefined {
  const lines = (text ?? '').split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim())
  return lines.find((line) => line !== '')
}

function toolVersion(text: string | undefined): string | undefined {
  return /^(?:nodejs|node)[ \t]+(\S+)/m.exec(text ?? '')?.[1]
}

function miseVersion(text: string | undefined): string | undefined {
  const tools = /^\[tools\][ \t]*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text ?? '')?.[1]
  return /^(?:node|nodejs)\s*=\s*["']([^"']*)["']/m.exec(tools ?? '')?.[1]
}

/** `v20`, `lts/iron`, `lts/*`, `lts/-1`, `node`; what these tools read, and npm does not. */
function parsePin(text: string): Interval[] | undefined {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^node(?:js)?-/, '')
  if (['node', 'stable', 'latest', 'current'].includes(word)) return [wholeMajor(newestMajor)]
  if (['lts', 'lts/*', '--lts'].includes(word)) return [wholeMajor(newestLts)]
  const back = /^lts\/-(\d)$/.exec(word)
  if (back?.[1] !== undefined) return [wholeMajor(newestLts - 2 * Number(back[1]))]
  const lts = ltsNames.get(word.replace(/^lts\//, ''))
  return lts === undefined ? parseRange(word) : [wholeMajor(lts)]
}

function unreadable(source: string, text: string): PlanFailure {
  return cannotPlan(
    `${source} asks for Node \`${shown(text)}\`, which is not a version that Handcar can read.`,
    `Write a version like 24, 24.x or >=22 in ${source}, commit and push again.`,
  )
}

function unavailable({ source, text }: Declared): PlanFailure {
  const have = `it builds with Node ${oldestMajor} to ${newestMajor}`
  return cannotPlan(
    `${source} asks for Node \`${shown(text)}\`, which Handcar does not have: ${have}.`,
    `Ask for one of these in ${source} (${defaultMajor} is the default), or add a Dockerfile.`,
  )
}
