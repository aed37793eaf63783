import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { LogLine } from '../../src/core/deployment/deployment-log.ts'
import type { RuntimeLine } from '../../src/core/replica/runtime-log.ts'
import { plural } from '../format.ts'
import { ids } from '../ids.ts'
import { Button, ButtonLink } from '../parts/button.tsx'
import { createAnsi } from './ansi.ts'
import { countKinds, groupLines, type LogGroup } from './lines.ts'
import { type GroupState, groupHtml, runtimeRowHtml } from './rows.ts'

export type LogSource = 'build' | 'runtime'

export interface LogTab {
  source: LogSource
  word: string
  href: string
}

interface ViewerProps {
  label: string
  current: LogSource
  tabs: LogTab[]
  /** Stream of new lines; undefined when none will come. */
  follow: string | undefined
  download: string
  /** Where the reader should begin: at the first error of what failed, else at the end. */
  startsAt?: 'end' | 'error'
  foot: Child
  children: Child
}

/** One log, dark in both themes. Controls that only a script can serve appear with the script. */
function LogViewer(props: ViewerProps) {
  const runtime = props.current === 'runtime' ? ' runtime' : ''
  return (
    <section
      class={`log${runtime}`}
      id={ids.log}
      aria-label={props.label}
      hx-morph-skip
      data-log={props.follow ?? ''}
      data-starts-at={props.startsAt ?? 'end'}
    >
      <div class="log-bar">
        <LogTitle {...props} />
        <span class="grow" />
        <span class="row tools" data-tools hidden>
          <Button type="button" kind="ghost" size="xs" icon="wrap" does="wrap" pressed label="Wrap lines" />
          <Button type="button" kind="ghost" size="xs" icon="clock" does="times" pressed label="Times" />
        </span>
        <ButtonLink kind="ghost" size="xs" icon="download" href={props.download} label="Whole log as text" />
        {props.follow === undefined ? null : (
          <span data-tools hidden>
            <Button type="button" size="xs" icon="down" does="follow" pressed>
              <span data-word>Following</span>
            </Button>
          </span>
        )}
      </div>
      <div class="log-body" role="log" aria-label={props.label} aria-live="off" tabindex={0}>
        {props.children}
      </div>
      <div class="log-foot" id={ids.logFoot}>
        {props.foot}
      </div>
    </section>
  )
}

/** Live: what else there is to see once the log is complete. */
export function LogTitle({ label, tabs, current }: Pick<ViewerProps, 'label' | 'tabs' | 'current'>) {
  if (tabs.length < 2) {
    return (
      <span class="sm" data-log-title>
        {label}
      </span>
    )
  }
  return (
    <nav class="row" aria-label="Log" data-log-title>
      {tabs.map((tab) => (
        <a
          class={tab.source === current ? 'btn xs' : 'btn xs ghost'}
          href={`${tab.href}#${ids.log}`}
          aria-current={tab.source === current ? 'true' : undefined}
        >
          {tab.word}
        </a>
      ))}
    </nav>
  )
}

export interface BuildLogProps {
  lines: LogLine[]
  /** Of the whole log; more than `lines` when only its end is shown. */
  total: number
  /** How the deployment has gone decides how its last step is drawn. */
  state: GroupState
  /** When the last step ended; now while it runs. */
  until: number
  tabs: LogTab[]
  follow: string | undefined
  download: string
  /** Address that shows the lines before the first one shown. */
  earlier: string | undefined
}

export function BuildLog(props: BuildLogProps) {
  const counts = countKinds(props.lines)
  return (
    <LogViewer
      label="Build log"
      current="build"
      tabs={props.tabs}
      follow={props.follow}
      download={props.download}
      startsAt={props.state === 'failed' ? 'error' : 'end'}
      foot={<LogFoot isLive={props.state === 'running'} total={props.total} {...counts} />}
    >
      {props.earlier === undefined ? null : <EarlierLink href={props.earlier} first={props.lines[0]?.number ?? 1} />}
      {props.lines.length > 0 ? null : (
        <p class="log-empty" data-empty>
          {props.state === 'running' ? 'Waiting for the first line' : 'This log has no lines'}
        </p>
      )}
      {raw(groupsHtml(props))}
      {props.state === 'running' ? <span class="caret" data-caret aria-hidden="true" /> : null}
    </LogViewer>
  )
}

function groupsHtml(props: BuildLogProps): string {
  const groups = groupLines(props.lines)
  const ansi = createAnsi()
  return groups
    .map((group, index) => {
      const isLast = index === groups.length - 1
      const state: GroupState = isLast ? props.state : 'done'
      return groupHtml(group, state, isLast || hasError(group), props.until, ansi)
    })
    .join('')
}

function hasError(group: LogGroup): boolean {
  return countKinds(group.lines).errors > 0
}

function EarlierLink({ href, first }: { href: string; first: number }) {
  return (
    <p class="log-empty">
      <a href={href}>{plural(first - 1, 'earlier line')}</a>
    </p>
  )
}

interface FootProps {
  isLive: boolean
  total: number
  errors: number
  warnings: number
  firstError?: number
}

export function LogFoot({ isLive, total, errors, warnings, firstError }: FootProps) {
  return (
    <>
      {isLive ? (
        <>
          <span class="dot live ping" />
          <span data-live-word>Live</span>
        </>
      ) : null}
      <span class="num" data-count={total}>
        {plural(total, 'line')}
      </span>
      {errors === 0 || firstError === undefined ? null : (
        <a class="t-err num" href={`#${ids.line(firstError)}`}>
          {plural(errors, 'error line')}
        </a>
      )}
      {warnings === 0 ? null : <span class="t-warn num">{plural(warnings, 'warning')}</span>}
      <span class="grow" />
      {isLive ? (
        <span class="hide-s" data-tools hidden>
          Scroll up to pause
        </span>
      ) : null}
    </>
  )
}

export type ShownLog = { source: 'build'; props: BuildLogProps } | { source: 'runtime'; props: RuntimeLogProps }

export function DeploymentLog({ log }: { log: ShownLog }) {
  return log.source === 'build' ? <BuildLog {...log.props} /> : <RuntimeLog {...log.props} />
}

export interface RuntimeLogProps {
  lines: RuntimeLine[]
  /** The most that is shown; older ones are in the download. */
  limit: number
  tabs: LogTab[]
  follow: string | undefined
  download: string
  /** What to say when there is no line. */
  empty: string
}

export function RuntimeLog(props: RuntimeLogProps) {
  const ansi = createAnsi()
  const rows = props.lines.map((line) => runtimeRowHtml(line, ansi)).join('')
  return (
    <LogViewer
      label="Runtime log"
      current="runtime"
      tabs={props.tabs}
      follow={props.follow}
      download={props.download}
      foot={<LogFoot isLive={props.follow !== undefined} total={props.lines.length} errors={0} warnings={0} />}
    >
      {props.lines.length < props.limit ? null : <p class="log-empty">{`The last ${props.limit} lines`}</p>}
      {props.lines.length === 0 ? (
        <p class="log-empty" data-empty>
          {props.empty}
        </p>
      ) : null}
      <div class="block">{raw(rows)}</div>
    </LogViewer>
  )
}
