/** The image's own shell, for commands that need one. It never runs on the host. */
const imageShell = 'sh'
/** Characters that no shell reads; words of these alone can be started without one. */
const plainWord = /^[A-Za-z0-9_./:@%+,=-]+$/
/** After these words `exec` would not start a program. */
const shellWords = new Set(
  [
    '! . : [ { alias break case cd continue eval exec exit export false for if',
    'set shift source test trap true ulimit umask until unset wait while',
  ]
    .join(' ')
    .split(' '),
)

export interface StartForm {
  /** Exec form, so that no shell stands between SIGTERM and the app. */
  argv: string[]
  /** False when a shell stays in between, because the command needs one. */
  isDirect: boolean
}

/** The arguments that start this command so that SIGTERM reaches the program itself. */
export function startForm(command: string): StartForm {
  const words = command.trim().split(/\s+/)
  const first = words[0] ?? ''
  if (words.every((word) => plainWord.test(word)) && !first.includes('=') && !shellWords.has(first)) {
    return { argv: words, isDirect: true }
  }
  const script = withExec(command.trim())
  return { argv: [imageShell, '-c', script ?? command.trim()], isDirect: script !== undefined }
}

/** The last program of the command replaces the shell; undefined where that cannot be told for sure. */
function withExec(command: string): string | undefined {
  if (/[\n\r\u2028\u2029;|<>(){}`\\]|(?<!&)&(?!&)|&&\s*&/.test(command)) return undefined
  const steps = command.split('&&')
  if (steps.length > 1 && /["'#]/.test(command)) return undefined
  const last = steps.pop() ?? ''
  const match = /^(\s*)((?:[A-Za-z_]\w*=[^\s"']*\s+)*)(\S+)(.*)$/.exec(last)
  const program = match?.[3]
  if (match === null || program === undefined || shellWords.has(program) || /^[A-Za-z_]\w*=/.test(program))
    return undefined
  const assignments = match[2] === '' ? '' : `env ${match[2]}`
  return [...steps, `${match[1]}exec ${assignments}${program}${match[4]}`].join('&&')
}

/** CMD in exec form. Every character outside printable ASCII is escaped, so it is one line whatever it holds. */
export function commandLine(argv: readonly string[]): string {
  const json = JSON.stringify(argv).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `CMD ${json}`
}
