import { type Diagnosis, rules } from './diagnosis-rules.ts'
import { shown } from './file-map.ts'

export type { Diagnosis } from './diagnosis-rules.ts'

/** Only the end of a log is searched: the cause is near the end, and a log may be huge. */
const searchedLines = 2000
/** A step is a whole command, which may be huge; its name is looked for in this much of it. */
const namedCharacters = 2000

/**
 * `lines`: what the failing step printed, then the builder's own message. Rules are tried in order, the sure ones
 * first. Without a match it says so: a cause is never invented.
 */
export function diagnoseBuild(
  lines: readonly string[],
  step: string | undefined,
  exitCode: number | undefined,
  builder: string,
): Diagnosis {
  const offset = Math.max(0, lines.length - searchedLines)
  const observed = { lines: lines.slice(offset), exitCode, builder }
  for (const rule of rules) {
    const found = rule(observed)
    if (found !== undefined) return found.line === undefined ? found : { ...found, line: found.line + offset }
  }
  const named = step?.slice(0, namedCharacters).replace(/--mount=\S+\s+/g, '')
  const where = named === undefined || named === '' ? 'The build' : `The step \`${shown(named, 80)}\``
  const how = exitCode === undefined ? 'failed' : `ended with exit code ${exitCode}`
  return {
    why: `${where} ${how}. Handcar does not recognise the cause: the last lines of the build log are all there is.`,
    doSteps: ['Read the last lines of the build log.', 'Fix the cause, commit and push again.'],
  }
}
