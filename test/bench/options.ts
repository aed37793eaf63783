/** What a run of the benchmark measures, and how much of it. */
export interface Options {
  /** Where the figures are written as JSON; undefined only prints them. */
  out: string | undefined
  only: Group[]
  /** Pairs per ratio, and deploys under load. */
  pairs: number
  /** Length of each of the two windows of the idle measures. */
  idleSeconds: number
  /** The executable to measure; undefined builds one from this checkout. */
  handcar: string | undefined
  /** Prints where the time of a deploy goes, in place of measuring. */
  isProfile: boolean
}

export type Group = 'deploy' | 'rollback' | 'requests' | 'idle'

/** Every measure, by the group that takes it. */
export const groups: Record<Group, readonly string[]> = {
  deploy: ['deploy_ratio', 'push_exit_lag_ms'],
  rollback: ['rollback_ratio'],
  requests: ['failed_requests', 'requests_total'],
  idle: [
    'idle_rss_mb',
    'idle_anon_mb',
    'idle_cpu_percent',
    'traefik_idle_rss_mb',
    'traefik_idle_anon_mb',
    'traefik_idle_cpu_percent',
  ],
}

export const usage = `Usage: npm run bench -- [--out FILE] [--only NAME[,NAME]] [--n N] [--idle-seconds N]
                        [--handcar EXECUTABLE] [--profile]

  --only      measures or groups of them:
${Object.entries(groups)
  .map(([group, names]) => `                ${group.padEnd(9)} ${names.join(' ')}`)
  .join('\n')}
  --n         pairs of a ratio and deploys under load (20 by definition)
  --idle-seconds   length of each of the two idle windows (300 by definition)
  --profile   print where the time of a deploy goes`

export function readOptions(args: readonly string[]): Options {
  const options: Options = {
    out: undefined,
    only: Object.keys(groups) as Group[],
    pairs: 20,
    idleSeconds: 300,
    handcar: undefined,
    isProfile: false,
  }
  const rest = [...args]
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '--profile') options.isProfile = true
    else if (name === '--out') options.out = textOf(name, rest.shift())
    else if (name === '--handcar') options.handcar = textOf(name, rest.shift())
    else if (name === '--only') options.only = groupsOf(textOf(name, rest.shift()))
    else if (name === '--n') options.pairs = countOf(name, rest.shift())
    else if (name === '--idle-seconds') options.idleSeconds = countOf(name, rest.shift())
    else throw new UsageError(`There is no option ${name}`)
  }
  return options
}

export class UsageError extends Error {}

function textOf(name: string, value: string | undefined): string {
  if (value === undefined || value.startsWith('--')) throw new UsageError(`${name} needs a value`)
  return value
}

function countOf(name: string, value: string | undefined): number {
  const count = Number(textOf(name, value))
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`${name} needs a whole number from 1`)
  return count
}

function groupsOf(list: string): Group[] {
  const names = list.split(',')
  const all = Object.entries(groups) as Array<[Group, readonly string[]]>
  const known = all.flatMap(([group, measures]) => [group, ...measures])
  const strange = names.find((name) => !known.includes(name))
  if (strange !== undefined) throw new UsageError(`There is no measure ${strange}`)
  return all
    .filter(([group, measures]) => names.includes(group) || measures.some((name) => names.includes(name)))
    .map(([group]) => group)
}
