import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Installation } from './installation.ts'
import { type Measure, measure } from './measure.ts'
import { startPush } from './push.ts'
import { type LiveApp, type Stage, startLiveApp } from './stage.ts'
import { median, percentile, rounded } from './statistics.ts'
import type { Order, Word } from './visitors.program.ts'
import type { Kind, Visit } from './visitors.ts'

const wanted = { total: 20_000, slow: 500 } as const
/** Visitors come some time before the first deploy, so that old and new both meet a full house. */
const settleMs = 3_000

/** Deploys one after the other under load, each up to the end of its drain, until there were enough of everything. */
export async function measureRequests(stage: Stage, deploys: number): Promise<Measure[]> {
  const app = await startLiveApp(stage, 'requests')
  const { installation, tree, remote, service } = app
  await checkNoRetries(installation)
  const visits: Visit[] = []
  const crowd = startCrowd(stage, app, (more) => visits.push(...more))
  crowd.order({ allow: [app.version] })
  await wait(settleMs)

  const isFull = deploys >= 20
  const perDeploy: Array<{ from: number; to: number; took: number }> = []
  let version = app.version
  while (perDeploy.length < deploys || (isFull && !isEnough(visits))) {
    const from = Date.now()
    const next = `requests-${perDeploy.length + 1}`
    // Before anything of it can answer, and for as long as the one before can.
    crowd.order({ allow: [version, next] })
    version = next
    await tree.change(next)
    const push = startPush(tree.path, remote)
    const took = (await push.exited) - push.startedAt
    await installation.untilCalm(1)
    perDeploy.push({ from, to: Date.now(), took })
    const failed = visits.filter(({ failure }) => failure !== undefined).length
    stage.tell(
      `deploy ${perDeploy.length} under load: ${took.toFixed(0)} ms, ${visits.length} requests, ${failed} failed`,
    )
  }
  await crowd.leave()
  return figuresOf(visits, perDeploy, service.url)
}

function isEnough(visits: readonly Visit[]): boolean {
  return visits.length >= wanted.total && visits.filter(({ kind }) => kind === 'slow').length >= wanted.slow
}

function figuresOf(
  visits: readonly Visit[],
  deploys: ReadonlyArray<{ from: number; to: number; took: number }>,
  url: string,
): Measure[] {
  const failed = visits.filter(({ failure }) => failure !== undefined)
  const reasons: Record<string, number> = {}
  for (const { kind, failure } of failed) {
    const reason = `${kind}: ${failure}`
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }
  // A request belongs to the deploy during which it began; what came before the first belongs to the first.
  const during = (which: readonly Visit[]) =>
    deploys.map(({ to }, at) => {
      const after = deploys[at - 1]?.to ?? 0
      const before = at === deploys.length - 1 ? Number.POSITIVE_INFINITY : to
      return which.filter(({ startedAt }) => startedAt >= after && startedAt < before).length
    })
  const count = (kind: Kind) => visits.filter((visit) => visit.kind === kind).length
  const times = visits.filter(({ kind }) => kind !== 'slow').map(({ startedAt, endedAt }) => endedAt - startedAt)
  const kinds = { kept: count('kept'), new: count('new'), post: count('post'), slow: count('slow') }
  const shortMs = { median: median(times), p99: percentile(times, 0.99), most: Math.max(...times) }
  const seconds = rounded((Math.max(...visits.map(({ endedAt }) => endedAt)) - (visits[0]?.startedAt ?? 0)) / 1000, 1)
  const detail = { url, deploys: deploys.length, seconds, kinds, shortMs, pushMs: median(deploys.map((d) => d.took)) }
  return [
    measure({
      name: 'failed_requests',
      value: failed.length,
      unit: 'requests',
      goal: '= 0',
      n: deploys.length,
      samples: during(failed),
      detail: { ...detail, reasons },
    }),
    measure({
      name: 'requests_total',
      value: visits.length,
      unit: 'requests',
      goal: `>= ${wanted.total}, >= ${wanted.slow} slow`,
      n: deploys.length,
      samples: during(visits),
      detail: { slow: kinds.slow },
    }),
  ]
}

/** A proxy that asks again by itself would hide what is counted here. */
async function checkNoRetries({ traefikApiPort }: Installation): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${traefikApiPort}/api/http/middlewares?per_page=1000`)
  const middlewares = (await answer.json()) as Array<{ type?: string; name: string }>
  const retrying = middlewares.filter((middleware) => middleware.type === 'retry' || 'retry' in middleware)
  if (retrying.length > 0) throw new Error(`Traefik retries by itself: ${retrying.map(({ name }) => name).join(', ')}`)
}

interface RemoteCrowd {
  order(order: Order): void
  /** Resolves when the last answer is in and told. */
  leave(): Promise<void>
}

function startCrowd(stage: Stage, app: LiveApp, tell: (visits: Visit[]) => void): RemoteCrowd {
  const child = fork(new URL('./visitors.program.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  stage.ending.add('stop the visitors', () => {
    child.kill('SIGKILL')
  })
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the visitors ended early, with ${String(code)}`)
  })
  child.on('message', (word: Word) => {
    if ('visits' in word) tell(word.visits)
    else resolve()
  })
  const order = (next: Order) => {
    if (child.connected) child.send(next)
  }
  const { port, host } = app.installation.target(app.service)
  order({ port, host })
  died.catch(() => undefined)
  return {
    order,
    async leave() {
      order({ leave: true })
      await Promise.race([gone, died])
    },
  }
}
