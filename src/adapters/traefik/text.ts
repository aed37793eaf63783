/**
 * JSON text that Traefik reads from a `.yml` file. Three readers have to agree on it: Go's template engine
 * (a raw `{{` would be executed), a YAML parser (which refuses some characters that JSON allows) and Traefik's own
 * decoder (which refuses the whole file for one empty map).
 */
export type Text = string | number | boolean | undefined | readonly Text[] | { readonly [key: string]: Text }

/** Empty maps and what is undefined are left out; `undefined` when nothing is left. */
export function withoutEmptyMaps(value: Text): Text {
  if (Array.isArray(value)) return value.map(withoutEmptyMaps)
  if (!isMap(value)) return value
  const kept = Object.entries(value)
    .map(([key, part]) => [key, withoutEmptyMaps(part)] as const)
    .filter(([, part]) => part !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** Compact text, safe for all three readers. */
export function write(value: Text): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, part]) => `${writeString(key)}:${write(part)}`)
    return `{${entries.join(',')}}`
  }
  return typeof value === 'string' ? writeString(value) : String(value)
}

/**
 * A quoted string: `{` as `\u007b`, so that no template starts inside; DEL, C1 controls, U+FFFE and U+FFFF escaped,
 * which YAML refuses or changes when raw; everything else as JSON has it. Characters beyond U+FFFF stay raw, for YAML
 * does not know surrogate pairs; lone surrogates, which no text file can hold, become U+FFFD.
 */
export function writeString(value: string): string {
  const json = JSON.stringify(value.toWellFormed())
  if (!/[{\u007f-\u009f\ufffe\uffff]/.test(json)) return json
  let text = ''
  for (let index = 0; index < json.length; index += 1) {
    const unit = json.charCodeAt(index)
    text += mustEscape(unit) ? `\\u${unit.toString(16).padStart(4, '0')}` : json.charAt(index)
  }
  return text
}

function mustEscape(unit: number): boolean {
  return unit === 0x7b || (unit >= 0x7f && unit <= 0x9f) || unit === 0xfffe || unit === 0xffff
}

function isMap(value: Text): value is { readonly [key: string]: Text } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
