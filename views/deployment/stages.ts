import type { Deployment } from '../../src/core/deployment/deployment.ts'
import type { LogLine } from '../../src/core/deployment/deployment-log.ts'
import type { ServiceSummary, Settings } from '../../src/core/service/service.ts'
import { clock, duration, plural } from '../format.ts'

export type StageName = 'Queue' | 'Fetch' | 'Build' | 'Start' | 'Health check' | 'Switch traffic'

export interface Stage {
  name: StageName
  state: 'done' | 'now' | 'todo' | 'fail'
  /** Under the name: how long it took, or what it will do. */
  note: string
  /** Set on the running one: when it began, and how long it usually takes. */
  since?: number
}

/** Moments that only the log knows; its steps are `-----> Fetching …` and so on. */
export interface StageMarks {
  fetching?: number
  building?: number
  ready?: number
  switching?: number
}

export interface StageFacts {
  now: number
  marks: StageMarks
  replicas: ServiceSummary['replicas']
  settings: Pick<Settings, 'healthPath' | 'port' | 'replicas'>
  /** Deployment that serves until this one does. */
  serving: number | undefined
  /** Median of the last builds of this service. */
  usualBuildMs: number | undefined
}

const markOf: Array<[keyof StageMarks, RegExp]> = [
  ['fetching', /^-----> Fetching\b/],
  ['building', /^-----> (?:Building|Detecting)\b/],
  ['ready', /^-----> Health check passed\b/],
  ['switching', /^-----> Switching\b/],
]

/** The first of each mark counts, except of checks: with several replicas the last one that passed. */
export function marksOf(lines: readonly LogLine[]): StageMarks {
  const marks: StageMarks = {}
  for (const { text, at } of lines) {
    if (!text.startsWith('-----> ')) continue
    for (const [mark, pattern] of markOf) {
      if (pattern.test(text) && (marks[mark] === undefined || mark === 'ready')) marks[mark] = at
    }
  }
  return marks
}

const startFailures = ['app.exited', 'app.exec_format', 'app.out_of_memory', 'app.crash_loop']

/** The way of this deployment: only stages that happen for what triggered it. */
export function stagesOf(deployment: Deployment, facts: StageFacts): Stage[] {
  const builds = deployment.trigger === 'push' || deployment.trigger === 'rebuild'
  const names: StageName[] = builds
    ? ['Queue', 'Fetch', 'Build', 'Start', 'Health check', 'Switch traffic']
    : ['Queue', 'Start', 'Health check', 'Switch traffic']
  const reached = names.indexOf(stageReached(deployment, facts))
  const isOver = deployment.state === 'live' || deployment.state === 'removed'
  return names.map((name, index) => {
    if (isOver || index < reached) return { name, state: 'done', note: tookOf(name, deployment, facts) }
    if (index > reached) return { name, state: 'todo', note: planOf(name, facts) }
    return deployment.endedAt === undefined ? running(name, deployment, facts) : ended(name, deployment)
  })
}

function stageReached(deployment: Deployment, { marks, replicas }: StageFacts): StageName {
  if (deployment.startingAt !== undefined) {
    const own = replicas.filter((replica) => replica.deploymentNumber === deployment.number)
    if (deployment.endedAt !== undefined) {
      return startFailures.includes(deployment.code ?? '') || own.length === 0 ? stageOfEnd(deployment) : 'Health check'
    }
    if (marks.switching !== undefined) return 'Switch traffic'
    if (own.length === 0) return 'Start'
    return own.every((replica) => replica.state === 'healthy') ? 'Switch traffic' : 'Health check'
  }
  if (deployment.builtAt !== undefined) return 'Start'
  if (deployment.buildingAt === undefined) return 'Queue'
  return marks.fetching !== undefined && marks.building === undefined ? 'Fetch' : 'Build'
}

function stageOfEnd(deployment: Deployment): StageName {
  if (deployment.code === undefined || startFailures.includes(deployment.code)) return 'Start'
  return 'Health check'
}

/** Shorter ones are over before they are read. */
const tellableMs = 3_000

function running(name: StageName, deployment: Deployment, { marks, now, usualBuildMs = 0 }: StageFacts): Stage {
  const since = beginOf(name, deployment, marks) ?? deployment.createdAt
  const isTold = name === 'Build' && usualBuildMs >= tellableMs && now - since < usualBuildMs
  return { name, state: 'now', note: isTold ? ` of ~${clock(usualBuildMs)}` : '', since }
}

function ended(name: StageName, deployment: Deployment): Stage {
  if (deployment.state !== 'failed') return { name, state: 'todo', note: 'stopped here' }
  return { name, state: 'fail', note: 'failed here' }
}

function beginOf(name: StageName, deployment: Deployment, marks: StageMarks): number | undefined {
  if (name === 'Queue') return deployment.createdAt
  if (name === 'Fetch') return marks.fetching ?? deployment.buildingAt
  if (name === 'Build') return marks.building ?? deployment.buildingAt
  if (name === 'Start') return deployment.startingAt ?? deployment.builtAt
  return name === 'Health check' ? deployment.startingAt : (marks.switching ?? marks.ready)
}

function endOf(name: StageName, deployment: Deployment, marks: StageMarks): number | undefined {
  if (name === 'Queue') return deployment.buildingAt ?? deployment.builtAt ?? deployment.startingAt
  if (name === 'Fetch') return marks.building
  if (name === 'Build') return deployment.builtAt
  if (name === 'Start') return undefined
  return name === 'Health check' ? marks.ready : deployment.liveAt
}

/** Empty when the rows do not tell how long: nothing is guessed. */
function tookOf(name: StageName, deployment: Deployment, facts: StageFacts): string {
  if (name === 'Start') return plural(facts.settings.replicas, 'replica')
  const begin = beginOf(name, deployment, facts.marks)
  const end = endOf(name, deployment, facts.marks)
  return begin === undefined || end === undefined ? 'done' : duration(end - begin)
}

function planOf(name: StageName, facts: StageFacts): string {
  if (name === 'Start') return plural(facts.settings.replicas, 'replica')
  if (name === 'Health check') return checkOf(facts.settings)
  if (name === 'Switch traffic') return facts.serving === undefined ? 'first release' : `from #${facts.serving}`
  return 'next'
}

function checkOf({ healthPath, port }: StageFacts['settings']): string {
  if (healthPath) return `GET ${healthPath}`
  return port === undefined ? 'its port answers' : `port ${port} answers`
}

/** Median time of the last five builds that went through. */
export function usualBuildOf(deployments: readonly Deployment[]): number | undefined {
  const times = deployments
    .flatMap(({ buildingAt, builtAt }) => (buildingAt && builtAt ? [builtAt - buildingAt] : []))
    .slice(0, 5)
    .sort((one, other) => one - other)
  return times[Math.floor(times.length / 2)]
}

/** The deployment that kept serving while this one failed; undefined when nothing did. */
export function servedMeanwhile(ended: Deployment, deployments: readonly Deployment[]): Deployment | undefined {
  const at = ended.endedAt ?? ended.createdAt
  return deployments.find(
    ({ id, liveAt, endedAt }) => id !== ended.id && liveAt !== undefined && liveAt <= at && (endedAt ?? at + 1) > at,
  )
}
