import type { Replica } from './replica.ts'

/** How long connections to an old replica may go on after the switch, and the beat before we look at them. */
export const drainMs = 30_000
export const drainBeatMs = 50

/** What should run for an instance, from its rows. */
export interface Wanted {
  /** Serves now. Undefined when stopped, deleted or never deployed. */
  live: Target | undefined
  /** On its way to take over. */
  candidate: (Target & { readyBefore: number; isEnding: boolean }) | undefined
}

export interface Target {
  deploymentId: string
  /** How many copies. */
  replicas: number
}

/** A replica as its row tells it, with what the engine says of it now. */
export interface ObservedReplica {
  replica: Replica
  /** `absent`: the engine does not know it. `detached`: it runs, but not on its network and address. */
  run: 'absent' | 'created' | 'running' | 'detached' | 'exited'
  /** It runs, and nobody has asked yet whether this run is ready. */
  isUnasked: boolean
  /** It ended too often, so it is not started again. */
  isCrashLooping: boolean
  /** Somebody is taking it away already. */
  isBusy: boolean
  /** For draining ones: connections that are still open. */
  openConnections: number | undefined
}

export type Action =
  | { do: 'create'; deploymentId: string; ordinal: number }
  | { do: 'start'; replica: Replica }
  | { do: 'probe'; replica: Replica }
  /** The proxy is to name exactly these replicas; with `goLive` the deployment is live once it does. */
  | { do: 'route'; replicaIds: string[]; goLive: string | undefined }
  /** Not wanted any more; it goes once the proxy no longer names it. */
  | { do: 'let_go'; replica: Replica }
  /** The proxy has stopped naming it: from now on its connections are watched. */
  | { do: 'drain'; replica: Replica }
  | { do: 'take_away'; replica: Replica }
  | { do: 'forget'; replica: Replica }
  /** It is not started any more, and what the engine has of it goes. */
  | { do: 'crash'; replica: Replica }
  | { do: 'fail'; cause: 'ending' | 'exited' | 'late'; replica: Replica | undefined }

/**
 * Given what is wanted and what is, says what should be done next; nothing when they agree or only time can help.
 * Start new → probe → point the route → drain old → take old away; an old one never goes before the route has moved.
 */
export function rollOut(wanted: Wanted, observed: readonly ObservedReplica[], now: number): Action[] {
  const failing = failingOf(wanted, observed, now)
  if (failing) return [failing]
  return [
    ...observed.flatMap((one) => (one.isBusy ? [] : careFor(one, wanted, now))),
    ...[wanted.live, wanted.candidate].flatMap((target) => (target ? missing(target, observed) : [])),
    ...route(wanted, observed),
  ]
}

/** A candidate that cannot become live. Nothing else is done before this is written down. */
function failingOf(wanted: Wanted, observed: readonly ObservedReplica[], now: number): Action | undefined {
  const { candidate } = wanted
  if (!candidate) return undefined
  if (candidate.isEnding) return { do: 'fail', cause: 'ending', replica: undefined }
  const own = observed.filter(({ replica }) => replica.deploymentId === candidate.deploymentId)
  const ended = own.find(({ run, replica }) => run === 'exited' && replica.wanted === 'run')
  if (ended) return { do: 'fail', cause: 'exited', replica: ended.replica }
  if (now < candidate.readyBefore) return undefined
  const waiting = own.find(({ replica }) => replica.state === 'starting' && replica.wanted === 'run')
  return { do: 'fail', cause: 'late', replica: waiting?.replica }
}

/** What one replica needs, apart from routing. */
function careFor(one: ObservedReplica, wanted: Wanted, now: number): Action[] {
  const { replica, run } = one
  const isWanted =
    replica.wanted === 'run' &&
    [wanted.live, wanted.candidate].some(
      (target) => target?.deploymentId === replica.deploymentId && replica.ordinal < target.replicas,
    )
  if (!isWanted) return letGo(one, now)
  if (replica.state === 'crashed') return run === 'absent' ? [] : [{ do: 'crash', replica }]
  if (one.isCrashLooping) return [{ do: 'crash', replica }]
  if (run === 'absent') return [replica.startedAt === undefined ? recreate(replica) : { do: 'forget', replica }]
  if (run === 'detached') return [{ do: 'let_go', replica }]
  if (run === 'created' || run === 'exited') return [{ do: 'start', replica }]
  return replica.state === 'starting' ? [{ do: 'probe', replica }] : []
}

/** Its row was written, but it was never created: the server stopped in between. */
function recreate(replica: Replica): Action {
  return { do: 'create', deploymentId: replica.deploymentId, ordinal: replica.ordinal }
}

/** Away with it, but only after the proxy has stopped naming it and its connections have ended. */
function letGo(one: ObservedReplica, now: number): Action[] {
  const { replica } = one
  if (replica.wanted === 'run') return [{ do: 'let_go', replica }]
  if (replica.isRouted) return []
  const hasNeverServed = replica.healthyAt === undefined
  if (one.run !== 'running' || hasNeverServed) return [{ do: 'take_away', replica }]
  // A crash right after the switch leaves no time of its beginning, but maybe requests.
  if (replica.drainingAt === undefined) return [{ do: 'drain', replica }]
  const elapsed = now - replica.drainingAt
  const isDrained = elapsed >= drainBeatMs && one.openConnections === 0
  // A clock that was set back makes the time that passed negative.
  return isDrained || Math.abs(elapsed) >= drainMs ? [{ do: 'take_away', replica }] : []
}

function missing(target: Target, observed: readonly ObservedReplica[]): Action[] {
  const present = new Set(
    observed
      .filter(({ replica }) => replica.deploymentId === target.deploymentId && replica.wanted === 'run')
      .map(({ replica }) => replica.ordinal),
  )
  return Array.from({ length: target.replicas }, (_, ordinal) => ordinal)
    .filter((ordinal) => !present.has(ordinal))
    .map((ordinal) => ({ do: 'create', deploymentId: target.deploymentId, ordinal }))
}

/** All of the candidate when it is ready as a whole, else what of the live one is healthy. */
function route(wanted: Wanted, observed: readonly ObservedReplica[]): Action[] {
  const { live, candidate } = wanted
  const readyOf = (target: Target | undefined, isReady: (one: ObservedReplica) => boolean) =>
    observed.filter(
      (one) =>
        one.replica.deploymentId === target?.deploymentId &&
        one.replica.wanted === 'run' &&
        one.run === 'running' &&
        isReady(one),
    )
  const isHealthy = ({ replica }: ObservedReplica) => replica.state === 'healthy'
  // What began anew while nobody looked keeps its route until it was asked: it may serve well.
  const mayServe = (one: ObservedReplica) => isHealthy(one) || (one.isUnasked && one.replica.isRouted)
  const ready = readyOf(candidate, isHealthy)
  const isReady = candidate !== undefined && ready.length >= candidate.replicas
  const replicaIds = (isReady ? ready : readyOf(live, mayServe)).map(({ replica }) => replica.id)
  const routed = observed.filter(({ replica }) => replica.isRouted).map(({ replica }) => replica.id)
  const isSame = routed.length === replicaIds.length && routed.every((id) => replicaIds.includes(id))
  if (isSame && !isReady) return []
  return [{ do: 'route', replicaIds, goLive: isReady ? candidate.deploymentId : undefined }]
}
