/** The part of Alpine that we use; its package brings no types. */
declare module 'alpinejs' {
  interface Magic {
    $el: HTMLElement
    $root: HTMLElement
    $refs: Record<string, HTMLElement | undefined>
  }
  const Alpine: {
    data<Own extends object>(name: string, component: () => Own & ThisType<Own & Magic>): void
    start(): void
  }
  export default Alpine
}

declare module 'htmx.org/dist/ext/hx-sse.js'
