import Alpine from 'alpinejs'

/** Shows tools that only work with scripts. */
function showTools(root: HTMLElement): void {
  for (const tool of root.querySelectorAll<HTMLElement>('[data-tools]')) tool.hidden = false
}

/**
 * Rows of a form that are added and taken away before it is sent.
 * `x-data="rows"` around `<template x-ref="row">`, `x-ref="list"`, `@click="add"`, and in each row `data-row` and
 * `@click="remove"`.
 */
Alpine.data('rows', () => ({
  init() {
    showTools(this.$root)
  },
  add() {
    const { row, list } = this.$refs
    if (!(row instanceof HTMLTemplateElement) || list === undefined) return
    list.append(row.content.cloneNode(true))
    const added = list.lastElementChild
    if (!(added instanceof HTMLElement)) return
    showTools(added)
    added.querySelector<HTMLElement>('input, textarea')?.focus()
  },
  remove() {
    this.$el.closest('[data-row]')?.remove()
  },
}))

/**
 * A secret that shows itself when asked. `x-data="reveal"` around an input with `x-bind:type="type"` (or any element
 * with `x-show="isShown"`) and a button with `@click="toggle"` and `x-text="word"`.
 */
Alpine.data('reveal', () => ({
  isShown: false,
  type: 'password',
  word: 'Show',
  init() {
    showTools(this.$root)
  },
  toggle() {
    this.isShown = !this.isShown
    this.type = this.isShown ? 'text' : 'password'
    this.word = this.isShown ? 'Hide' : 'Show'
  },
}))

/** Warns before a form with unsaved changes is left: `x-data="unsaved"` on the form. */
Alpine.data('unsaved', () => ({
  isDirty: false,
  init() {
    const root = this.$root
    root.addEventListener('input', () => {
      this.isDirty = true
    })
    root.addEventListener('submit', () => {
      this.isDirty = false
    })
    window.addEventListener('beforeunload', (event) => {
      if (this.isDirty) event.preventDefault()
    })
  },
}))

Alpine.start()
