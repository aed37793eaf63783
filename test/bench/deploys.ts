import { watchFor } from './answers.ts'
import type { Steps } from './by-hand.ts'
import { type Measure, measure, ratio } from './measure.ts'
import { startPush } from './push.ts'
import { inPairs, openFloor, type Stage, startLiveApp, warmUpRounds } from './stage.ts'
import { median, rounded } from './statistics.ts'

const answerTimeoutMs = 120_000

/** Push to first answer, ours through Traefik against by hand. */
export async function measureDeploys(stage: Stage, pairs: number): Promise<Measure[]> {
  const { installation, tree, remote, service } = await startLiveApp(stage, 'deploys')
  const floor = await openFloor(stage, 'deploys-floor')
  const target = installation.target(service)
  const samples: number[] = []
  const lags: number[] = []
  const steps: Steps[] = []

  const ours = async (at: number) => {
    const version = `ours-${at}`
    await tree.change(version)
    const watch = watchFor(target, version, answerTimeoutMs)
    try {
      const push = startPush(tree.path, remote)
      const [answered, exited] = await Promise.all([watch.answered, push.exited])
      if (at >= warmUpRounds) {
        samples.push(answered - push.startedAt)
        lags.push(exited - answered)
      }
    } finally {
      watch.stop()
    }
    await installation.untilCalm(1)
  }
  const byHand = async (at: number) => {
    const taken = await floor.deploy(`hand-${at}`)
    if (at >= warmUpRounds) steps.push(taken)
    stage.tell(`deploy ${at + 1}: ours ${samples.at(-1)?.toFixed(0) ?? '–'} ms, by hand ${taken.total.toFixed(0)} ms`)
  }
  await inPairs(pairs + warmUpRounds, ours, byHand)

  const floorSamples = steps.map(({ total }) => total)
  const names = ['push', 'build', 'create', 'start', 'answer'] as const
  const floorSteps = Object.fromEntries(
    names.map((name) => [name, rounded(median(steps.map((each) => each[name])), 1)]),
  )
  const deployRatio = ratio('deploy_ratio', '<= 1.2 (bar 1.4)', samples, floorSamples)
  return [
    { ...deployRatio, detail: { ...deployRatio.detail, floorStepsMs: floorSteps } },
    measure({ name: 'push_exit_lag_ms', value: median(lags), unit: 'ms', goal: '', samples: lags }),
  ]
}
