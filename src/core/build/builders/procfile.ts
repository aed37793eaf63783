/** A Procfile as Heroku has it: `type: command`, one a line. Commands may hold anything, also `: ` and `#`. */
export interface Procfile {
  processes: Map<string, string>
  /** Lines that are no process, as written. */
  unreadable: string[]
  hasMergeConflict: boolean
}

export function readProcfile(text: string | undefined): Procfile {
  const processes = new Map<string, string>()
  const unreadable: string[] = []
  let hasMergeConflict = false
  for (const line of (text ?? '').replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue
    if (/^(?:<{7}|={7}|>{7})/.test(line)) hasMergeConflict = true
    const match = /^([A-Za-z0-9_-]{1,63}):\s*(\S.*?)\s*$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) unreadable.push(line)
    else if (!processes.has(match[1])) processes.set(match[1], match[2])
  }
  return { processes, unreadable, hasMergeConflict }
}

/** What the other lines of a Procfile do not do yet, in sentences. */
export function procfileWarnings(procfile: Procfile): string[] {
  const others = [...procfile.processes.keys()].filter((name) => name !== 'web')
  const warnings = others
    .map((name) => `Procfile: the process \`${name}\` is not started; only \`web\` is.`)
    .slice(0, 5)
  if (procfile.unreadable.length > 0) warnings.push('Procfile: a line is not `name: command` and was left out.')
  return warnings
}
