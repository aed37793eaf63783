import type { Problem } from '../problem.ts'

/** A name and its value as the app shall see it: text of any kind but NUL, lines ending in LF. */
export interface Variable {
  name: string
  value: string
}

/** Linux takes at most 128 KiB for one variable, name and `=` included. */
const mostBytes = 100 * 1024
/** More in one service is a mistake; together they must fit beside the program's arguments. */
export const mostVariables = 1000
/** Linux takes some 2 MB for all variables and arguments of a program; beyond that no program can be started at all. */
const mostBytesTogether = 1024 * 1024

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/

/** What is wrong with a variable, as one sentence that says what to do; undefined when nothing is. */
export function variableFault({ name, value }: Variable): string | undefined {
  if (!namePattern.test(name)) {
    return `${shown(name)} must use letters, numbers and _ only, and not begin with a number`
  }
  if (name.startsWith('HANDCAR_')) return `${name} is set by Handcar itself: choose a name without HANDCAR_`
  if (value.includes('\0')) return `${name} holds a NUL character, which no program can be given: remove it`
  if (Buffer.byteLength(value) > mostBytes) return `${name} is longer than 100 KB: put it into a file of the app`
  return undefined
}

/** What names and values take together, in bytes. */
export function bytesOf(variables: Iterable<Variable>): number {
  let bytes = 0
  // With the `=` in between and the NUL at the end.
  for (const { name, value } of variables) bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 2
  return bytes
}

/** What is wrong with so many bytes of variables in one service, as one sentence; undefined when nothing is. */
export function togetherFault(bytes: number): string | undefined {
  if (bytes <= mostBytesTogether) return undefined
  const most = mostBytesTogether / 1024
  const sum = `All variables of a service together can take ${most} KB; these take ${Math.ceil(bytes / 1024)} KB`
  return `${sum}: put large values into files of the app, or remove some`
}

/** The same for the form with one name and one value. */
export function checkVariable(variable: Variable): Problem[] {
  const fault = variableFault(variable)
  if (fault === undefined) return []
  const isValue = namePattern.test(variable.name) && !variable.name.startsWith('HANDCAR_')
  return [{ field: isValue ? 'value' : 'name', message: fault }]
}

/** Where a value is sealed to: it opens in this row only. */
export function variablePlace(rowId: string): string {
  return `variable.value:${rowId}`
}

function shown(name: string): string {
  if (name === '') return 'The name of a variable'
  return name.length > 40 ? `${name.slice(0, 40)}…` : name
}
