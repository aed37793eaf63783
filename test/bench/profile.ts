import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connectDocker, readText } from '../../src/adapters/docker/connect.ts'
import { watchFor } from './answers.ts'
import type { Steps } from './by-hand.ts'
import { startPush } from './push.ts'
import { openFloor, type Stage, startLiveApp, warmUpRounds } from './stage.ts'
import { median } from './statistics.ts'

const answerTimeoutMs = 120_000

/** Something that happened, in milliseconds since the epoch. */
interface Moment {
  what: string
  at: number
}

/**
 * Where the time of a deploy goes: what git tells of itself, the rows of the deployment and its replica, its log, the
 * engine's events and the visitor, on one line of time. Medians over several deploys; beside them the steps by hand.
 */
export async function profileDeploys(stage: Stage, rounds: number): Promise<void> {
  const app = await startLiveApp(stage, 'profile')
  const { installation, tree, remote, service } = app
  const floor = await openFloor(stage, 'profile-floor')
  const target = installation.target(service)
  const traceFile = join(stage.directory, 'trace')
  const environment = { TZ: 'UTC', GIT_TRACE: traceFile, GIT_TRACE_CURL: traceFile, GIT_TRACE_CURL_NO_DATA: '1' }
  const offsets = new Map<string, number[]>()
  const hand: Steps[] = []
  for (let at = 0; at < rounds + warmUpRounds; at++) {
    const version = `profile-${at}`
    const commit = await tree.change(version)
    await rm(traceFile, { force: true })
    const watch = watchFor(target, version, answerTimeoutMs)
    const push = startPush(tree.path, remote, environment)
    const [answered, exited] = await Promise.all([watch.answered, push.exited])
    await installation.untilCalm(1)
    const taken = await floor.deploy(`hand-${at}`)
    if (at < warmUpRounds) continue
    hand.push(taken)
    const beganAt = performance.timeOrigin + push.startedAt
    const moments = [
      ...momentsOfGit(await readFile(traceFile, 'utf8'), beganAt),
      ...momentsOfRows(installation.dataDirectory, commit),
      ...(await momentsOfEngine(installation.installId, beganAt)),
      { what: 'visitor: first answer of the new commit', at: performance.timeOrigin + answered },
      { what: 'git: push has exited', at: performance.timeOrigin + exited },
    ]
    const seen = new Map<string, number>()
    for (const moment of moments) {
      const times = (seen.get(moment.what) ?? 0) + 1
      seen.set(moment.what, times)
      const name = times === 1 ? moment.what : `${moment.what} (${times})`
      offsets.set(name, [...(offsets.get(name) ?? []), moment.at - beganAt])
    }
    const ours = (answered - push.startedAt).toFixed(0)
    stage.tell(`deploy ${at - warmUpRounds + 1}: ours ${ours} ms, by hand ${taken.total.toFixed(0)} ms`)
  }
  process.stdout.write(`${timeline(offsets, rounds)}\n\n${handTable(hand)}\n`)
}

/** Moments that most of the deploys had, in order, each with the time since the one before. */
function timeline(offsets: ReadonlyMap<string, number[]>, rounds: number): string {
  const rows = [...offsets]
    .filter(([, times]) => times.length > rounds / 2)
    .map(([what, times]) => ({ what, at: median(times) }))
    .sort((one, other) => one.at - other.at)
  const lines = rows.map(({ what, at }, index) => {
    const since = at - (rows[index - 1]?.at ?? 0)
    return `${at.toFixed(1).padStart(8)} ${`+${since.toFixed(1)}`.padStart(8)}  ${what}`
  })
  return ['    ms     since  what (medians from the start of the push)', ...lines].join('\n')
}

function handTable(steps: readonly Steps[]): string {
  const names = ['push', 'build', 'create', 'start', 'answer', 'total'] as const
  const cells = names.map((name) => `${name} ${median(steps.map((each) => each[name])).toFixed(1)}`)
  return `by hand, ms: ${cells.join(' · ')}`
}

const traced: Array<[RegExp, string]> = [
  [/run_command: git remote-http/, 'git: remote helper starts'],
  [/=> Send header: GET .*info\/refs/, 'git: asks for refs'],
  [/=> Send header: POST .*git-receive-pack/, 'git: sends the pack'],
  [/<= Recv header: HTTP\/1.1 (\d+)/, 'git: is answered'],
  [/run_command: git send-pack/, 'git: send-pack starts'],
  [/(?:run_command|built-in): git pack-objects/, 'git: packs'],
]

/** Lines like `10:57:01.123456 http.c:701  => Send header: …`, in UTC. */
function momentsOfGit(trace: string, beganAt: number): Moment[] {
  const midnight = new Date(beganAt).setUTCHours(0, 0, 0, 0)
  return trace.split('\n').flatMap((line) => {
    const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d\.\d+) /.exec(line) ?? []
    if (seconds === undefined) return []
    const at = midnight + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    return traced.flatMap(([pattern, what]) => {
      const found = pattern.exec(line)
      return found ? [{ what: [what, found[1]].filter(Boolean).join(' '), at }] : []
    })
  })
}

/** Times of the deployment's and its replica's row, and of its log. */
function momentsOfRows(dataDirectory: string, commit: string): Moment[] {
  const database = new DatabaseSync(join(dataDirectory, 'handcar.db'), { readOnly: true })
  try {
    const deployment = database.prepare('SELECT * FROM deployment WHERE commit_sha = ?').get(commit)
    const id = String(deployment?.id)
    const replica = database.prepare('SELECT * FROM replica WHERE deployment_id = ?').get(id)
    return [
      ...times(deployment, 'deployment'),
      ...times(replica, 'replica'),
      ...momentsOfLog(join(dataDirectory, 'logs', `${id}.log`)),
    ]
  } finally {
    database.close()
  }
}

function times(row: Record<string, unknown> | undefined, name: string): Moment[] {
  return Object.entries(row ?? {}).flatMap(([column, value]) =>
    column.endsWith('_at') && typeof value === 'number' ? [{ what: `row: ${name} ${column}`, at: value }] : [],
  )
}

/** What a log line says without what differs from deploy to deploy. */
function momentsOfLog(path: string): Moment[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.flatMap((line) => {
    const space = line.indexOf(' ')
    const text = line.slice(space + 1)
    const what = text.replace(/[0-9a-f]{7,}|profile-\d+|\d+(?:\.\d+)? (?:s|ms|MB)\b/g, '…').slice(0, 60)
    return /^(?:-----> |=====> )/.test(text) ? [{ what: `log: ${what}`, at: Date.parse(line.slice(0, space)) }] : []
  })
}

/** Events of our containers, as the engine dates them. */
async function momentsOfEngine(installId: string, since: number): Promise<Moment[]> {
  const answer = await connectDocker().open({
    method: 'GET',
    path: '/events',
    query: {
      since: (since / 1000).toFixed(3),
      until: (Date.now() / 1000).toFixed(3),
      filters: JSON.stringify({ label: [`handcar.install=${installId}`], type: ['container'] }),
    },
  })
  if (!answer.ok) throw new Error(answer.message)
  const lines = (await readText(answer.value.body)).trim().split('\n').filter(Boolean)
  return lines.map((line) => {
    const { Action: action, timeNano } = JSON.parse(line) as { Action: string; timeNano: number }
    return { what: `engine: container ${action}`, at: timeNano / 1e6 }
  })
}
