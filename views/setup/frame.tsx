import type { Child, PropsWithChildren } from 'hono/jsx'
import { ids } from '../ids.ts'
import { type AssetUrls, Page } from '../layout/page.tsx'
import { Icon, Logo } from '../parts/icon.tsx'

export interface SetupParts {
  assets: AssetUrls
  banner?: Child
}

const steps = [
  { name: 'Confirm it is you', note: 'With the token from the installer' },
  { name: 'Create the owner account', note: 'Email and password' },
  { name: 'Choose an address', note: 'Names for the dashboard and apps' },
  { name: 'Ship something', note: 'With git push' },
] as const

export type SetupStep = 1 | 2 | 3 | 4

/** The four steps of the first run: where one is at the left, what to do at the right. */
export function SetupFrame(
  props: PropsWithChildren<SetupParts & { step: SetupStep; title: string; isError?: boolean }>,
) {
  return (
    <Page
      title={`${props.isError ? 'Error: ' : ''}Set up Handcar, step ${props.step} of 4`}
      assets={props.assets}
      scripts={['editor.js']}
      bare
    >
      {props.banner === undefined ? null : <div class="strip plain">{props.banner}</div>}
      <div class="first">
        <aside>
          <p class="logo lg">
            <Logo size={32} />
            Handcar
          </p>
          <p class="lead">
            Your own deploy platform on one server. Four short steps, then your first <code>git push</code>.
          </p>
          <ol class="steps" aria-label="Setup progress">
            {steps.map((step, index) => (
              <Step {...step} number={index + 1} current={props.step} />
            ))}
          </ol>
        </aside>
        <main id={ids.main}>
          <div class="card stack">
            <div>
              <p class="xs t-live">Step {props.step} of 4</p>
              <h1>{props.title}</h1>
            </div>
            {props.children}
          </div>
        </main>
      </div>
    </Page>
  )
}

function Step(props: { number: number; name: string; note: string; current: SetupStep }) {
  const isDone = props.number < props.current
  const isNow = props.number === props.current
  return (
    <li class={`step ${isDone ? 'done' : isNow ? 'now' : 'todo'}`} aria-current={isNow ? 'step' : undefined}>
      <span>{isDone ? <Icon name="check" small /> : props.number}</span>
      <div>
        <b>{props.name}</b>
        <span class="xs dim">{isDone ? 'Done' : props.note}</span>
      </div>
    </li>
  )
}
