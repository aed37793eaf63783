import { clock } from '../format.ts'
import { ids } from '../ids.ts'
import { Icon } from '../parts/icon.tsx'
import type { Stage } from './stages.ts'

/** Live: the stages of a deployment. Scrolls sideways on small screens, so it takes the focus. */
export function Pipeline({ stages, now }: { stages: Stage[]; now: number }) {
  return (
    <ol class="pipe" id={ids.pipeline} aria-label="Deployment stages" tabindex={0}>
      {stages.map((stage) => (
        <li
          class={stage.state === 'done' ? undefined : stage.state}
          aria-current={stage.state === 'now' ? 'step' : undefined}
        >
          <b>
            <StageMark state={stage.state} />
            {stage.name}
          </b>
          <StageNote stage={stage} now={now} />
        </li>
      ))}
    </ol>
  )
}

function StageMark({ state }: { state: Stage['state'] }) {
  if (state === 'done') return <Icon name="check" small extra="t-ok" />
  if (state === 'fail') return <Icon name="x" small extra="t-err" />
  return state === 'now' ? <span class="dot live ping" /> : null
}

function StageNote({ stage, now }: { stage: Stage; now: number }) {
  if (stage.since === undefined) return <span class="dim num cut">{stage.note}</span>
  return (
    <span class="num t-live">
      <span data-clock={stage.since}>{clock(now - stage.since)}</span>
      {stage.note}
    </span>
  )
}
