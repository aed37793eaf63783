import type { Child } from 'hono/jsx'
import { ids } from '../ids.ts'
import { Icon } from './icon.tsx'

/** What is wrong with one field, in words that say what to do. */
export interface FieldProblem {
  /** Undefined when it belongs to no field. */
  field: string | undefined
  message: string
  hint?: string | undefined
}

export interface FieldProps {
  name: string
  label: Child
  /** What was typed, right or wrong: kept. */
  value?: string | undefined
  hint?: Child
  problem?: string | undefined
  type?: 'text' | 'email' | 'password' | 'number' | 'url'
  optional?: boolean
  mono?: boolean
  autocomplete?: string
  inputmode?: 'numeric' | 'decimal' | 'url'
  placeholder?: string
  /** More than one line. */
  rows?: number
  autofocus?: boolean
  maxlength?: number
}

/** Label above, hint under it, problem under the hint; tied together for readers. */
export function Field(props: FieldProps) {
  const id = ids.field(props.name)
  const described = [
    props.hint === undefined ? '' : ids.fieldHint(props.name),
    props.problem === undefined ? '' : ids.fieldError(props.name),
  ].filter(Boolean)
  const shared = {
    id,
    name: props.name,
    class: props.mono ? 'input mono' : 'input',
    autocomplete: props.autocomplete ?? 'off',
    placeholder: props.placeholder,
    maxlength: props.maxlength,
    autofocus: props.autofocus,
    spellcheck: props.mono ? false : undefined,
    autocapitalize: props.mono || props.type === 'email' ? ('none' as const) : undefined,
    'aria-invalid': props.problem === undefined ? undefined : ('true' as const),
    'aria-describedby': described.length === 0 ? undefined : described.join(' '),
  }
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.optional ? <span class="optional"> (optional)</span> : null}
      </label>
      {props.hint === undefined ? null : (
        <p class="hint" id={ids.fieldHint(props.name)}>
          {props.hint}
        </p>
      )}
      {props.problem === undefined ? null : (
        <p class="error" id={ids.fieldError(props.name)}>
          <Icon name="warn" small />
          <span>{props.problem}</span>
        </p>
      )}
      {props.rows === undefined ? (
        <input {...shared} type={props.type ?? 'text'} inputmode={props.inputmode} value={props.value} />
      ) : (
        <textarea {...shared} rows={props.rows}>
          {`\n${props.value ?? ''}`}
        </textarea>
      )}
    </div>
  )
}

/** On top of a form that was refused. It takes the focus, so that a reader begins here. */
export function ErrorSummary({ problems }: { problems: FieldProblem[] }) {
  if (problems.length === 0) return null
  return (
    <div class="summary" id={ids.errorSummary} role="alert" tabindex={-1} autofocus>
      <h2>There is a problem</h2>
      <ul>
        {problems.map((problem) => (
          <li>
            {problem.field === undefined ? (
              <span class="sm t-err">{problem.message}</span>
            ) : (
              <a href={`#${ids.field(problem.field)}`}>{problem.message}</a>
            )}
            {problem.hint === undefined ? null : <div class="hint">{problem.hint}</div>}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The message that belongs to a field, for `problem`. */
export function problemOf(problems: FieldProblem[], field: string): string | undefined {
  return problems.find((problem) => problem.field === field)?.message
}
