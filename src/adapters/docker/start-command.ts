/**
 * A person's start command as arguments for the shell inside the container. `exec` goes before the last simple
 * command, so that the program itself, not the shell, gets the stop signal; where that could change the meaning
 * (pipes, groups, background jobs, shell keywords) the text is left as it is.
 */
export function shellArguments(startCommand: string): string[] {
  return ['sh', '-c', withExec(startCommand.trim())]
}

function withExec(command: string): string {
  const start = lastSimpleCommand(command)
  if (start === undefined) return command
  const last = command.slice(start)
  const firstWord = /^(?:\w+=\S*\s+)*(\S+)/.exec(last)?.[1] ?? ''
  if (firstWord === '' || notPrograms.has(firstWord)) return command
  return `${command.slice(0, start)}exec ${/^\w+=/.test(last) ? 'env ' : ''}${last}`
}

/** Where the last command of a list by `&&`, `;` or line breaks begins; undefined when the text is no plain list. */
function lastSimpleCommand(command: string): number | undefined {
  let start = 0
  let quote = ''
  for (let index = 0; index < command.length; index += 1) {
    const character = command.charAt(index)
    if (quote === "'") quote = character === "'" ? '' : quote
    else if (character === '\\') index += 1
    else if (quote === '"') quote = character === '"' ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (command.startsWith('&&', index)) {
      index += 1
      start = index + 1
    } else if (character === ';' || character === '\n') start = index + 1
    else if (isRedirectedDescriptor(command, index)) continue
    else if ('|&(){}`#'.includes(character) && !isExpansion(command, index)) return undefined
  }
  const spaces = /^\s*/.exec(command.slice(start))?.[0].length ?? 0
  return quote === '' && start + spaces < command.length ? start + spaces : undefined
}

/** The `&` of `2>&1` and `&>file`. */
function isRedirectedDescriptor(command: string, index: number): boolean {
  return command[index] === '&' && (command[index - 1] === '>' || command[index + 1] === '>')
}

/** The braces of `${PORT}`. */
function isExpansion(command: string, index: number): boolean {
  if (command[index] === '{') return command[index - 1] === '$'
  const open = command.lastIndexOf('{', index)
  return command[index] === '}' && open > 0 && command[open - 1] === '$'
}

const notPrograms = new Set([
  ...['exec', 'cd', 'export', 'set', 'unset', '.', ':', 'source', 'eval', 'exit', 'wait', 'trap', 'ulimit', 'umask'],
  ...['read', 'if', 'then', 'else', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'function', 'time'],
  ...['!', '[', '[[', 'test'],
])

/**
 * The program that a container really starts, seen through `sh -c`: its file name or path, undefined when the shell
 * text does not begin with one.
 */
export function startedProgram(path: string, args: readonly string[]): string | undefined {
  const isShell = /(^|\/)(sh|ash|bash|dash)$/.test(path) && args[0] === '-c' && args[1] !== undefined
  if (!isShell) return path === '' ? undefined : path
  const words = (args[1] ?? '').trim().split(/\s+/)
  const word = words.find((each) => each !== 'exec' && each !== 'env' && !/^\w+=/.test(each))
  const name = word?.replace(/^(["'])(.*)\1$/, '$2')
  return name === undefined || name === '' || /[$`"'|&;()<>]/.test(name) || notPrograms.has(name) ? undefined : name
}
