import type { Child, PropsWithChildren } from 'hono/jsx'

/** `danger`: for what destroys. `foot`: a line under everything. */
export function Card(props: PropsWithChildren<{ title?: string; aside?: Child; foot?: Child; danger?: boolean }>) {
  return (
    <section class={props.danger ? 'card danger' : 'card'}>
      {props.title === undefined ? null : (
        <header>
          <h2 class="grow">{props.title}</h2>
          {props.aside}
        </header>
      )}
      <div class="body">{props.children}</div>
      {props.foot === undefined ? null : <footer>{props.foot}</footer>}
    </section>
  )
}
