/** One thing that is wrong with what a person typed. The message says what to do. */
export interface Problem {
  /** Name of the form's field. */
  field: string
  message: string
}

/** What checking typed text answers: the value, or everything that is wrong with it at once. */
export type Checked<Value> = { ok: true; value: Value } | { ok: false; problems: Problem[] }
