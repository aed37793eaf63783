import { ids } from '../ids.ts'
import { Icon } from '../parts/icon.tsx'

export interface PasswordFieldProps {
  /** For password stores: which of the two this is. */
  autocomplete: 'current-password' | 'new-password'
  hint?: string
  problem?: string | undefined
}

/** A password is never filled in again. With scripts it can be shown while it is typed. */
export function PasswordField({ autocomplete, hint, problem }: PasswordFieldProps) {
  const name = 'password'
  const described = [hint && ids.fieldHint(name), problem && ids.fieldError(name)].filter(Boolean).join(' ')
  return (
    <div class="field" x-data="reveal">
      <label for={ids.field(name)}>Password</label>
      {hint === undefined ? null : (
        <p class="hint" id={ids.fieldHint(name)}>
          {hint}
        </p>
      )}
      {problem === undefined ? null : (
        <p class="error" id={ids.fieldError(name)}>
          <Icon name="warn" small />
          <span>{problem}</span>
        </p>
      )}
      <div class="with-button">
        <input
          class="input"
          id={ids.field(name)}
          name={name}
          type="password"
          x-bind:type="type"
          autocomplete={autocomplete}
          aria-invalid={problem === undefined ? undefined : 'true'}
          aria-describedby={described === '' ? undefined : described}
        />
        <button type="button" class="btn lg" x-on:click="toggle" x-text="word" data-tools hidden>
          Show
        </button>
      </div>
    </div>
  )
}
