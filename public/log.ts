import { openLogStream } from './log-stream.ts'
import { duration, localTime } from './time.ts'

/** Rows kept in the page; the oldest go first, the download has them all. */
const rowsMax = 20_000
const blockRows = 200
const bottomSlackPx = 30

/** Makes each log of the page a viewer, also those that a live update brings. */
export function startLogs(): void {
  const startAll = () => {
    for (const viewer of document.querySelectorAll<HTMLElement>('[data-log]:not([data-ready])')) startLog(viewer)
  }
  startAll()
  document.addEventListener('htmx:after:swap', startAll)
  window.addEventListener('hashchange', openTarget)
}

function startLog(viewer: HTMLElement): void {
  const body = viewer.querySelector<HTMLElement>('.log-body')
  if (body === null) return
  viewer.dataset.ready = ''
  for (const tool of viewer.querySelectorAll<HTMLElement>('[data-tools]')) tool.hidden = false
  showLocalTimes(body)
  const follow = createFollow(viewer, body)
  place(viewer, body, follow)
  const act = createActs(viewer, body, follow)
  viewer.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-do]') : null
    if (button?.dataset.do) act(button.dataset.do)
  })
  viewer.addEventListener('keydown', (event) => {
    const key = { f: 'follow', w: 'wrap', e: 'error' }[event.key.toLowerCase()]
    if (key !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) act(key)
  })
  const address = viewer.dataset.log
  if (!address) return
  openLogStream(viewer, address, {
    append: (html) => append(viewer, body, html, follow),
    end: (html) => finish(viewer, html),
  })
}

/** On while the reader is at the end; any look back turns it off and counts what comes meanwhile. */
interface Follow {
  isOn(): boolean
  set(on: boolean): void
  toEnd(): void
  missed(rows: number): void
}

function createFollow(viewer: HTMLElement, body: HTMLElement): Follow {
  const button = viewer.querySelector<HTMLElement>('[data-do="follow"]')
  const word = button?.querySelector<HTMLElement>('[data-word]')
  let isOn = button !== null
  let missed = 0
  let top = 0
  const say = () => {
    button?.setAttribute('aria-pressed', String(isOn))
    if (word) word.textContent = isOn ? 'Following' : missed === 0 ? 'Follow' : newLines(missed)
  }
  const follow: Follow = {
    isOn: () => isOn,
    set(on) {
      isOn = on && button !== null
      if (isOn) missed = 0
      if (isOn) follow.toEnd()
      say()
    },
    toEnd() {
      body.scrollTop = body.scrollHeight
      top = body.scrollTop
    },
    missed(rows) {
      missed += rows
      say()
    },
  }
  body.addEventListener('scroll', () => {
    const isAtEnd = body.scrollHeight - body.scrollTop - body.clientHeight < bottomSlackPx
    if (isAtEnd && !isOn) follow.set(true)
    else if (!isAtEnd && isOn && body.scrollTop < top) follow.set(false)
    // Of a scroll in small steps the first ones are still at the end: what counts is the furthest point.
    top = Math.max(top, body.scrollTop)
  })
  // A turned phone or another window size moves the end away without a scroll of the reader's.
  new ResizeObserver(() => {
    if (isOn) follow.toEnd()
  }).observe(body)
  return follow
}

function newLines(count: number): string {
  return count === 1 ? '1 new line' : `${count} new lines`
}

function createActs(viewer: HTMLElement, body: HTMLElement, follow: Follow): (name: string) => void {
  const toggle = (name: string, className: string) => {
    const isOff = viewer.classList.toggle(className)
    viewer.querySelector(`[data-do="${name}"]`)?.setAttribute('aria-pressed', String(!isOff))
    if (follow.isOn()) follow.toEnd()
  }
  let nextError = 0
  return (name) => {
    if (name === 'wrap') toggle('wrap', 'no-wrap')
    if (name === 'times') toggle('times', 'no-times')
    if (name === 'follow') follow.set(!follow.isOn())
    if (name !== 'error') return
    const errors = body.querySelectorAll<HTMLElement>('.ll.e')
    const error = errors[nextError % errors.length]
    nextError += 1
    if (error === undefined) return
    follow.set(false)
    reveal(error)
  }
}

/** Where the reader begins: the line in the address, else the first error of what failed, else the end. */
function place(viewer: HTMLElement, body: HTMLElement, follow: Follow): void {
  const line = /^#L(\d+)$/.exec(location.hash)?.[1]
  if (line !== undefined) {
    const isOlder = document.getElementById(`L${line}`) === null && body.querySelector('.ll[id]') !== null
    if (isOlder && !location.search.includes('before=')) {
      location.replace(`?before=${Number(line) + 500}#L${line}`)
      return
    }
    follow.set(false)
    openTarget()
    return
  }
  const error = viewer.dataset.startsAt === 'error' ? body.querySelector<HTMLElement>('.ll.e') : null
  if (error === null) follow.toEnd()
  else body.scrollTop = error.offsetTop - body.offsetTop - 80
}

function openTarget(): void {
  const id = location.hash.slice(1)
  const target = /^L\d+$/.test(id) ? document.getElementById(id) : null
  if (target !== null) reveal(target)
}

/** Opens the step around a line and brings it to the middle of the log, not of the page. */
function reveal(row: HTMLElement): void {
  const group = row.closest('details')
  if (group !== null) group.open = true
  row.scrollIntoView({ block: 'center' })
}

function append(viewer: HTMLElement, body: HTMLElement, html: string, follow: Follow): void {
  const template = document.createElement('template')
  template.innerHTML = html
  viewer.querySelector('[data-empty]')?.remove()
  const children = [...template.content.children]
  let rows = 0
  for (const child of children) {
    if (child.matches('details.group')) {
      finishGroup(body, 'done', Number(child.querySelector<HTMLElement>('[data-clock]')?.dataset.clock))
      body.append(child)
      continue
    }
    blockOf(body).append(child)
    showLocalTimes(child)
    rows += 1
  }
  const caret = body.querySelector('[data-caret]')
  if (caret !== null) body.append(caret)
  countRows(viewer, children.length)
  dropOldest(body)
  if (follow.isOn()) follow.toEnd()
  else if (rows > 0) follow.missed(rows)
}

/** The block that the next row goes into, inside the last step if there is one. */
function blockOf(body: HTMLElement): Element {
  const groups = body.querySelectorAll(':scope > .group')
  const last = groups[groups.length - 1]
  const home = last instanceof HTMLDetailsElement ? last : body
  const blocks = home.querySelectorAll(':scope > .block')
  const block = blocks[blocks.length - 1]
  if (block !== undefined && block.childElementCount < blockRows) return block
  const fresh = document.createElement('div')
  fresh.className = 'block'
  home.append(fresh)
  return fresh
}

/** Look and icon of a step that is over; the server draws the same. */
const marks = { done: ['a2', 'check'], failed: ['a1', 'x'], stopped: ['a0', 'stop'] } as const

/**
 * The step that was running is over and looks as the server would draw it: with how long it took, folded unless it is
 * the last one or has an error, and without anything to fold when it has no line.
 */
function finishGroup(body: HTMLElement, state: keyof typeof marks, until: number, isLast = false): void {
  const groups = body.querySelectorAll<HTMLDetailsElement>(':scope > details.group')
  const group = groups[groups.length - 1]
  const dot = group?.querySelector('summary .dot')
  if (group === undefined || !dot) return
  const took = group.querySelector<HTMLElement>('[data-clock]')
  if (took !== null) took.textContent = duration(until - Number(took.dataset.clock))
  took?.removeAttribute('data-clock')
  const mark = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const [look, icon] = marks[state]
  mark.setAttribute('class', `i sm ${look}`)
  mark.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `#i-${icon}`)
  mark.append(use)
  dot.replaceWith(mark)
  if (group.querySelector('.ll') === null) unfold(group)
  else group.open = isLast || group.querySelector('.ll.e') !== null
}

/** A step without lines: nothing to open. */
function unfold(group: HTMLDetailsElement): void {
  const only = document.createElement('div')
  only.className = 'only'
  only.append(...(group.querySelector('summary')?.childNodes ?? []))
  only.querySelector('.chev')?.remove()
  only.querySelector('.took')?.replaceChildren()
  const home = document.createElement('div')
  home.className = 'group'
  home.id = group.id
  home.append(only)
  group.replaceWith(home)
}

function finish(viewer: HTMLElement, html: string): void {
  const template = document.createElement('template')
  template.innerHTML = html
  const end = template.content.firstElementChild
  const body = viewer.querySelector<HTMLElement>('.log-body')
  const state = end?.getAttribute('data-state')
  const until = Number(end?.getAttribute('data-until'))
  if (body !== null) finishGroup(body, state === 'failed' || state === 'stopped' ? state : 'done', until, true)
  viewer.querySelector('[data-caret]')?.remove()
  viewer.querySelector('[data-do="follow"]')?.closest('[data-tools]')?.remove()
  const title = end?.querySelector('[data-log-title]')
  if (title) viewer.querySelector('[data-log-title]')?.replaceWith(title)
  const foot = viewer.querySelector('.log-foot')
  if (foot !== null && end !== null) foot.replaceChildren(...end.childNodes)
}

function countRows(viewer: HTMLElement, added: number): void {
  const count = viewer.querySelector<HTMLElement>('[data-count]')
  if (count === null) return
  const total = Number(count.dataset.count) + added
  count.dataset.count = String(total)
  count.textContent = `${total} ${total === 1 ? 'line' : 'lines'}`
}

function dropOldest(body: HTMLElement): void {
  let rows = body.querySelectorAll('.ll').length
  for (const block of body.querySelectorAll('.block')) {
    if (rows <= rowsMax) return
    rows -= block.childElementCount
    block.remove()
  }
}

function showLocalTimes(root: Element): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('.ll time, time')) {
    if (time.title !== '' || time.dateTime === '') continue
    time.title = `${time.dateTime.slice(11, 19)} UTC`
    time.textContent = localTime(Date.parse(time.dateTime))
  }
}
