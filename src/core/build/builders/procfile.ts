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
    const name = /^([A-Za-z0-9_-]{1,63}):/.exec(line)?.[1]
    const command = line.slice((name ?? '').length + 1).trim()
    if (name === undefined || command === '' || /[\r\u2028\u2029]/.test(command)) unreadable.push(line)
    else if (!processes.has(name)) processes.set(name, command)
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
