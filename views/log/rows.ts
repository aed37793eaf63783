import type { LogLine } from '../../src/core/deployment/deployment-log.ts'
import type { RuntimeLine } from '../../src/core/replica/runtime-log.ts'
import { clock, duration, timeOfDay } from '../format.ts'
import { ids } from '../ids.ts'
import { createAnsi } from './ansi.ts'
import { kindOf, type LogGroup, stepOf, textOf } from './lines.ts'

/** Lines in one block: the browser skips the work for blocks that are out of sight. */
const blockLines = 200

const kindClass = { output: 'll', milestone: 'll m', error: 'll e', warning: 'll w' } as const

/** How the step that a group shows has gone. `stopped`: somebody or something newer ended it, nothing is wrong. */
export type GroupState = 'done' | 'running' | 'failed' | 'stopped'

export type Ansi = (line: string) => string

function timeHtml(at: number): string {
  return `<time datetime="${new Date(at).toISOString().slice(0, 19)}Z">${timeOfDay(at)}</time>`
}

/** Rows are strings, not components: a log has thousands, and all that is not ours went through `ansi`. */
export function rowHtml(line: LogLine, ansi: Ansi): string {
  const id = ids.line(line.number)
  const kind = kindClass[kindOf(line.text)]
  const number = `<a href="#${id}">${line.number}</a>`
  return `<div class="${kind}" id="${id}">${number}${timeHtml(line.at)}<span>${ansi(textOf(line.text))}</span></div>`
}

export function runtimeRowHtml(line: RuntimeLine, ansi: Ansi): string {
  const kind = kindClass[kindOf(line.text)]
  const by = createAnsi()(line.replica)
  return `<div class="${kind}">${timeHtml(line.at)}<i class="by">${by}</i><span>${ansi(line.text)}</span></div>`
}

function blocksHtml(rows: string[]): string {
  let html = ''
  for (let from = 0; from < rows.length; from += blockLines) {
    html += `<div class="block">${rows.slice(from, from + blockLines).join('')}</div>`
  }
  return html
}

const icon = (name: string, look: string) =>
  `<svg class="i sm ${look}" aria-hidden="true"><use href="#i-${name}"/></svg>`

const stateHtml: Record<GroupState, string> = {
  done: icon('check', 'a2'),
  running: '<span class="dot live ping"></span>',
  failed: icon('x', 'a1'),
  stopped: icon('stop', 'a0'),
}

function summaryHtml(group: LogGroup, state: GroupState, took: string, ansi: Ansi): string {
  const title = `<span class="cut">${ansi(group.title ?? '')}</span>`
  const ticks = state === 'running' ? ` data-clock="${group.at}"` : ''
  return `${stateHtml[state]}${title}<span class="took num"${ticks}>${took}</span>`
}

/** A step with its lines; folded unless it is the one to look at. */
export function groupHtml(group: LogGroup, state: GroupState, isOpen: boolean, until: number, ansi: Ansi): string {
  const rows = group.lines.map((line) => rowHtml(line, ansi))
  if (group.title === undefined) return blocksHtml(rows)
  const ms = (group.until ?? until) - group.at
  const took = state === 'running' ? clock(ms) : duration(ms)
  const id = ids.line(group.number)
  if (rows.length === 0 && state !== 'running') {
    return `<div class="group" id="${id}"><div class="only">${summaryHtml(group, state, '', createAnsi())}</div></div>`
  }
  const summary = `<summary>${icon('right', 'chev')}${summaryHtml(group, state, took, createAnsi())}</summary>`
  return `<details class="group" id="${id}"${isOpen ? ' open' : ''}>${summary}${blocksHtml(rows)}</details>`
}

/** What a stream sends: rows, and an empty open group at each step; the script puts the rows into the last group. */
export function streamHtml(lines: readonly LogLine[], ansi: Ansi): string {
  return lines
    .map((line) => {
      const title = stepOf(line.text)
      if (title === undefined) return rowHtml(line, ansi)
      const group = { title, number: line.number, at: line.at, until: undefined, lines: [] }
      return groupHtml(group, 'running', true, line.at, ansi)
    })
    .join('')
}
