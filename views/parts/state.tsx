import type { StateWord } from '../words.ts'

/** A state as people see it: word, colour and shape. */
export function Badge({ state, word = state.word }: { state: StateWord; word?: string }) {
  return (
    <span class={`badge ${state.tone}`}>
      <Dot state={state} />
      {word}
    </span>
  )
}

/** Only beside the word of the same state. */
export function Dot({ state }: { state: StateWord }) {
  return <span class={['dot', state.tone, state.shape === 'dot' ? '' : state.shape].filter(Boolean).join(' ')} />
}
