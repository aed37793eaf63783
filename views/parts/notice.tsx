import type { PropsWithChildren } from 'hono/jsx'
import type { Tone } from '../words.ts'
import { Icon, type IconName } from './icon.tsx'

/** `role="status"` is for what just happened; standing notices have none. */
export function Notice(props: PropsWithChildren<{ tone?: Tone; isNew?: boolean }>) {
  return (
    <div class={`notice ${props.tone ?? 'idle'}`} role={props.isNew ? 'status' : undefined}>
      <div>{props.children}</div>
    </div>
  )
}

/** Nothing here yet: one line why, and one action. */
export function Empty(props: PropsWithChildren<{ icon: IconName; title: string }>) {
  return (
    <div class="empty">
      <span class="tile cyan">
        <Icon name={props.icon} />
      </span>
      <b class="sm">{props.title}</b>
      {props.children}
    </div>
  )
}
