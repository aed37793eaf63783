/** Shorter values would blank out ordinary words. */
const leastLength = 6

/**
 * Replaces every known secret in a text by `[NAME]`: the value itself, its lines, and its base64 and URL encodings.
 * @param secrets name → value; several sets may hold different values under one name
 */
export function createRedactor(...secrets: Array<Record<string, string>>): (text: string) => string {
  const known = secrets
    .flatMap((set) => Object.entries(set))
    .flatMap(([name, value]) => spellings(value).map((spelling) => ({ name, spelling })))
    .filter(({ spelling }) => spelling.length >= leastLength)
    .sort((one, other) => other.spelling.length - one.spelling.length)
  if (known.length === 0) return (text) => text
  return (text) => {
    let clean = text
    for (const { name, spelling } of known) {
      if (clean.includes(spelling)) clean = clean.replaceAll(spelling, () => `[${name}]`)
    }
    return clean
  }
}

function spellings(value: string): string[] {
  const lines = value.split(/\r?\n/)
  return [
    ...new Set([
      value,
      ...(lines.length > 1 ? lines : []),
      Buffer.from(value).toString('base64'),
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
    ]),
  ]
}
