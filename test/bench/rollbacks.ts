import { watchFor } from './answers.ts'
import { type Measure, ratio } from './measure.ts'
import { startPush } from './push.ts'
import { inPairs, openFloor, type Stage, startLiveApp, warmUpRounds } from './stage.ts'

const answerTimeoutMs = 120_000

/** The post of the button to the first answer of the old commit, against starting a container by hand. */
export async function measureRollbacks(stage: Stage, pairs: number): Promise<Measure[]> {
  const app = await startLiveApp(stage, 'rollbacks')
  const { installation, tree, remote, owner, service } = app
  const second = 'rollbacks-second'
  await tree.change(second)
  await startPush(tree.path, remote).exited
  await installation.untilCalm(1)
  const floor = await openFloor(stage, 'rollbacks-floor')
  // Two images, as on our side.
  const images = ['hand-first', 'hand-second'] as const
  for (const image of images) await floor.deploy(image)

  // Every rollback is a deployment of its own, so the one before the last always has the other version.
  let number = 2
  let other = app.version
  let serving = second
  const samples: number[] = []
  const floorSamples: number[] = []

  const ours = async (at: number) => {
    const target = installation.target((await installation.status())[0] ?? service)
    const path = `/p/bench/production/s/web/d/${number - 1}/rollback`
    const watch = watchFor(target, other, answerTimeoutMs)
    try {
      const startedAt = performance.now()
      await owner.post(path)
      const answered = await watch.answered
      if (at >= warmUpRounds) samples.push(answered - startedAt)
    } finally {
      watch.stop()
    }
    number += 1
    ;[serving, other] = [other, serving]
    await installation.untilCalm(1)
  }
  const byHand = async (at: number) => {
    const { total } = await floor.start(images[at % 2 === 0 ? 0 : 1])
    if (at >= warmUpRounds) floorSamples.push(total)
    stage.tell(`rollback ${at + 1}: ours ${samples.at(-1)?.toFixed(0) ?? '–'} ms, by hand ${total.toFixed(0)} ms`)
  }
  await inPairs(pairs + warmUpRounds, ours, byHand)
  return [ratio('rollback_ratio', '<= 1.4', samples, floorSamples)]
}
