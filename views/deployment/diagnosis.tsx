import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { ids } from '../ids.ts'
import { Notice } from '../parts/notice.tsx'
import { paths, type ServiceAddress } from '../paths.ts'

/** Why a deployment ended as it did. */
export interface Cause {
  title: string
  /** First line: the sentence; the others are quoted as observed. */
  why: string
  /** One step a line; `words in backticks` are code. */
  hint: string
}

/** What went on serving meanwhile: the first thing that people want to know. */
export function KeptServing(props: { at: ServiceAddress; host: string; kept: Deployment | undefined }) {
  const { kept } = props
  if (kept === undefined) {
    return <Notice tone="idle">Nothing of this service was live before, so nothing serves its address.</Notice>
  }
  return (
    <Notice tone="ok">
      <b>{props.host} stayed up.</b>
      {' Deployment '}
      <a href={paths.deployment(props.at, kept.number)}>#{kept.number}</a>
      {' kept serving. Nothing from this deployment went live.'}
    </Notice>
  )
}

export function Diagnosis({ cause }: { cause: Cause }) {
  const [sentence = '', ...observed] = cause.why.split('\n')
  const quoted = observed.join('\n').trim()
  const steps = cause.hint.split('\n').filter((step) => step.trim() !== '')
  return (
    <section class="card diag" aria-labelledby={ids.diagnosis}>
      <div>
        <h2 id={ids.diagnosis}>{cause.title}</h2>
        <p class="soft sm why">
          <Marked text={sentence} />
        </p>
        {quoted === '' ? null : (
          <pre class="quote" tabindex={0}>
            {quoted}
          </pre>
        )}
      </div>
      <div>
        <h3>What to do</h3>
        <ol class="fix sm">
          {steps.map((step) => (
            <li>
              <span>
                <Marked text={step} />
              </span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  )
}

function Marked({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
}
