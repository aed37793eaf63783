const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How long something took: "0.4 s", "38 s", "1 m 52 s", "2 h 5 m". */
export function duration(ms: number): string {
  if (ms < 0) return '0 s'
  if (ms < 9950) return `${(ms / second).toFixed(1).replace(/\.0$/, '')} s`
  if (ms < minute) return `${Math.round(ms / second) === 60 ? 59 : Math.round(ms / second)} s`
  const seconds = Math.floor(ms / second)
  if (ms < hour) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.floor(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** A running clock: "0:48", "12:05", "1:02:09". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / second))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

/** How long ago: "just now", "48 s ago", "2 h ago", "yesterday", "12 days ago", else the day. The client redoes it. */
export function ago(at: number, now: number): string {
  const age = now - at
  if (age < 5 * second) return 'just now'
  if (age < minute) return `${Math.floor(age / second)} s ago`
  if (age < hour) return `${Math.floor(age / minute)} min ago`
  if (age < day) return `${Math.floor(age / hour)} h ago`
  if (age < 2 * day) return 'yesterday'
  if (age < 30 * day) return `${Math.floor(age / day)} days ago`
  return new Date(at).toISOString().slice(0, 10)
}

/** Time of day in UTC; the client shows the reader's own. */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 19)
}

export function fullTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7)
}

/** "512 MB", "1.5 GB". */
export function memory(bytes: number): string {
  const mega = bytes / (1024 * 1024)
  if (mega < 1024) return `${Math.round(mega)} MB`
  return `${(mega / 1024).toFixed(1).replace(/\.0$/, '')} GB`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Two letters for a round picture: of a name "Mara Kovač" MK, of an email "mara@…" MA. */
export function initials(name: string): string {
  const words =
    name
      .split('@')[0]
      ?.split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean) ?? []
  const [first, second] = words
  if (first === undefined) return '?'
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]]
  return letters.join('').toUpperCase()
}

/** The address as people say it: without the scheme. */
export function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '')
}
