import { Button } from './button.tsx'

/** Appears with scripts only: without them the text is there to be selected. */
export function CopyButton({ text, label, words }: { text: string; label: string; words?: string }) {
  return (
    <span data-copy={text} hidden>
      <Button
        type="button"
        kind={words === undefined ? 'ghost' : 'plain'}
        size={words === undefined ? 'xs' : 'normal'}
        icon="copy"
        does="copy"
        label={label}
      >
        {words}
      </Button>
    </span>
  )
}

/** One line to copy into a terminal. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <div class="copyline">
      <code class="secret" tabindex={0}>
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  )
}
