import type { Child, PropsWithChildren } from 'hono/jsx'
import { ids } from '../ids.ts'
import { Icon, type IconName } from './icon.tsx'

/** One `primary` a page. `danger-solid` only where something is confirmed. */
export type ButtonKind = 'primary' | 'plain' | 'ghost' | 'danger' | 'danger-solid' | 'staged'
export type ButtonSize = 'xs' | 'normal' | 'lg'

interface Look {
  kind?: ButtonKind
  size?: ButtonSize
  icon?: IconName | undefined
  /** Behind the words. */
  iconAfter?: IconName | undefined
}

function lookOf({ kind = 'plain', size = 'normal' }: Look): string {
  return ['btn', kind === 'plain' ? '' : kind, size === 'normal' ? '' : size].filter(Boolean).join(' ')
}

function face({ icon, iconAfter, size }: Look, children: Child) {
  const small = size === 'xs'
  return (
    <>
      {icon && <Icon name={icon} small={small} />}
      {children}
      {iconAfter && <Icon name={iconAfter} small={small} />}
    </>
  )
}

export type ButtonProps = PropsWithChildren<
  Look & {
    type?: 'submit' | 'button'
    name?: string
    value?: string
    disabled?: boolean
    /** Marks the button for a script: `data-do`. */
    does?: string
    pressed?: boolean
    label?: string
    hidden?: boolean
  }
>

export function Button(props: ButtonProps) {
  return (
    <button
      type={props.type ?? 'submit'}
      class={lookOf(props) + (props.children === undefined ? ' icon' : '')}
      name={props.name}
      value={props.value}
      disabled={props.disabled}
      data-do={props.does}
      aria-pressed={props.pressed === undefined ? undefined : props.pressed ? 'true' : 'false'}
      aria-label={props.label}
      hidden={props.hidden}
    >
      {face(props, props.children)}
    </button>
  )
}

export function ButtonLink(props: PropsWithChildren<Look & { href: string; outside?: boolean; label?: string }>) {
  return (
    <a
      class={lookOf(props) + (props.children === undefined ? ' icon' : '')}
      href={props.href}
      rel={props.outside ? 'noopener noreferrer' : undefined}
      target={props.outside ? '_blank' : undefined}
      aria-label={props.label}
    >
      {face(props, props.children)}
    </a>
  )
}

/**
 * A button that does one thing when pressed, with or without scripts. It posts through the page's one empty form, so
 * that it may stand in a region that live updates replace: forms never do.
 */
export function ActButton(props: ButtonProps & { action: string; title?: string }) {
  return (
    <button
      type="submit"
      form={ids.actForm}
      formaction={props.action}
      title={props.title}
      class={lookOf(props) + (props.children === undefined ? ' icon' : '')}
      name={props.name}
      value={props.value}
      aria-label={props.label}
    >
      {face(props, props.children)}
    </button>
  )
}
