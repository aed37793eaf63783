/** A name and its value as the app shall see it: text of any kind but NUL, lines ending in LF. */
export interface Variable {
  name: string
  value: string
}

/** Where a value is sealed to: it opens in this row only. */
export function variablePlace(rowId: string): string {
  return `variable.value:${rowId}`
}
