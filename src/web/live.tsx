import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { DeploymentHead } from '../../views/deployment/head.tsx'
import { DeploymentTitle, deploymentTitle } from '../../views/deployment/page.tsx'
import { DeploymentList } from '../../views/deployment/row.tsx'
import { ids } from '../../views/ids.ts'
import { tabTitle } from '../../views/layout/page.tsx'
import { ServiceCards, ServiceTable } from '../../views/project/service-cards.tsx'
import { ServiceActions } from '../../views/service/actions.tsx'
import { ServiceState } from '../../views/service/header.tsx'
import { DeploymentState, ServicePanes, serviceTitle } from '../../views/service/page.tsx'
import type { ServiceView } from '../../views/service/view.ts'
import { type Ctx, topics } from '../core/ctx.ts'
import { getProject } from '../core/project/read.ts'
import { getService, listServices, summarize } from '../core/service/read.ts'
import type { ServiceSummary } from '../core/service/service.ts'
import { isHandcarError } from '../kernel/errors.ts'
import type { WebEnv, WebParts } from './env.ts'
import { shownLogOf, shownMark } from './log-view.ts'
import { listedIn, numberIn, servicePathOf } from './service-path.ts'
import { readServiceView } from './service-view.ts'
import { openStream, type Stream } from './stream.ts'

/** Changes that come close together are told as one. */
const gatherMs = 400

/** One live region: its id and what it shows now. */
interface Region {
  id: string
  html: unknown
  /** Put in whole, where nothing of the reader's is kept: a new set of panes. */
  isReplaced?: boolean
}

interface Shown {
  title: string
  regions: Region[]
  /** Deployment and log that the page shows, for pages that move on to another. */
  selected?: string | undefined
}

/** `selected`: what the page shows already, as far as it has been told. */
type Render = (selected: string) => Promise<Shown>

/**
 * Streams of live pages, with their whole addresses: `…/s/:s/events` of a service, with `?d=` of one deployment, with
 * `?only=state` for pages that show just its state; `/p/:p/:e/events` of a project.
 */
export function livePages(parts: WebParts): Hono<WebEnv> {
  const { ctx } = parts
  return new Hono<WebEnv>()
    .get('/p/:p/:e/events', async (c) => {
      await getProject(ctx, c.get('actor'), { project: c.req.param('p'), environment: c.req.param('e') })
      return openStream(c, parts, (stream) => tell(ctx, stream, topics.anything, lastToldOf(c), projectRender(c, ctx)))
    })
    .get('/p/:p/:e/s/:s/events', async (c) => {
      const { instanceId } = await getService(ctx, c.get('actor'), servicePathOf(c))
      const render = serviceRender(c, ctx)
      return openStream(c, parts, (stream) => tell(ctx, stream, topics.instance(instanceId), lastToldOf(c), render))
    })
}

function lastToldOf(c: Context<WebEnv>): string {
  return c.req.header('Last-Event-ID') ?? `${c.req.query('selected') ?? ''}-`
}

function projectRender(c: Context<WebEnv>, ctx: Ctx): Render {
  const path = { project: c.req.param('p') ?? '', environment: c.req.param('e') ?? '' }
  const isList = c.req.query('view') === 'list'
  return async () => {
    const services = await listServices(ctx, c.get('actor'), path)
    const shown = { services, now: ctx.clock.now() }
    const html = isList ? <ServiceTable {...shown} /> : <ServiceCards {...shown} />
    const title = `${path.project} · ${path.environment}`
    return { title, regions: services.length === 0 ? [] : [{ id: ids.projectServices, html }] }
  }
}

function serviceRender(c: Context<WebEnv>, ctx: Ctx): Render {
  const actor = c.get('actor')
  const path = servicePathOf(c)
  if (c.req.query('only') === 'state') {
    return async () => {
      const summary = await summarize(ctx, await getService(ctx, actor, path))
      return { title: '', regions: [stateRegion(summary)] }
    }
  }
  const number = c.req.query('d') === undefined ? undefined : numberIn(c.req.query('d'))
  const wanted = number === undefined ? listedIn(c) : { number }
  return async (selected) => {
    const view = await readServiceView(ctx, actor, path, wanted)
    return number === undefined ? serviceRegions(ctx, view, selected) : deploymentRegions(view)
  }
}

function stateRegion(summary: ServiceSummary): Region {
  return { id: ids.serviceState, html: <ServiceState summary={summary} /> }
}

async function serviceRegions(ctx: Ctx, view: ServiceView, before: string): Promise<Shown> {
  const { summary, selected, actions } = view
  const { service } = summary
  const buttons = <ServiceActions at={service} url={summary.url} actions={actions} />
  const regions: Region[] = [stateRegion(summary), { id: ids.serviceActions, html: buttons }]
  const shown = { title: serviceTitle(summary), regions }
  if (selected === undefined) return shown
  const { deployment } = selected.item
  const mark = shownMark(deployment)
  if (mark !== before) {
    const log = await shownLogOf(ctx, service, deployment)
    regions.push({ id: ids.panes, html: <ServicePanes {...view} selected={selected} log={log} />, isReplaced: true })
  } else {
    const list = <DeploymentList {...view} at={service} selected={deployment.number} />
    const head = <DeploymentHead {...view} selected={selected} />
    regions.push({ id: ids.deploymentList, html: list }, { id: ids.deploymentHead, html: head })
    regions.push({ id: ids.deploymentState, html: <DeploymentState {...view} selected={selected} /> })
  }
  return { ...shown, selected: mark }
}

function deploymentRegions(view: ServiceView): Shown {
  const { selected, summary } = view
  if (selected === undefined) return { title: '', regions: [] }
  const { deployment } = selected.item
  const head = <DeploymentTitle {...view} selected={selected} />
  return {
    title: deploymentTitle(summary.service, deployment),
    regions: [
      { id: ids.deploymentHead, html: head },
      { id: ids.deploymentState, html: <DeploymentState {...view} selected={selected} /> },
    ],
  }
}

/**
 * Tells the page how things are now, then again at each change, but only the regions that look different. An id of
 * what was told last lets a client that comes back be told nothing that it has already.
 */
async function tell(ctx: Ctx, stream: Stream, topic: string, lastTold: string, render: Render): Promise<void> {
  const changes = watch(ctx, topic, stream.signal)
  const known = new Map<string, string>()
  let told = lastTold
  let title = ''
  while (!stream.signal.aborted) {
    const shown = await render(told.split('-')[0] ?? '').catch(absent)
    if (shown === undefined) return stream.send({ event: 'gone', data: '' })
    const drawn = shown.regions.map((region) => ({ ...region, text: String(region.html) }))
    const id = `${shown.selected ?? ''}-${fingerprint(drawn.map(({ text }) => text).join())}`
    const changed = drawn.filter((region) => known.get(region.id) !== region.text)
    // Told again to be sure that the client counts itself connected.
    if (id === told || changed.length === 0) await stream.send({ event: 'alive', data: '' })
    else await stream.send({ id, data: changed.map(partial).join('') })
    if (shown.title !== '' && shown.title !== title) await stream.send({ event: 'title', data: tabTitle(shown.title) })
    for (const region of drawn) known.set(region.id, region.text)
    told = id
    title = shown.title
    await changes.next()
    await ctx.clock.sleep(gatherMs, stream.signal)
  }
}

function partial({ id, text, isReplaced }: { id: string; text: string; isReplaced?: boolean }): string {
  const swap = isReplaced ? 'outerHTML' : 'outerMorph'
  return `<hx-partial hx-target="#${id}" hx-swap="${swap}">${text}</hx-partial>`
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Nothing that happens while a message is made or sent is missed. */
function watch(ctx: Ctx, topic: string, signal: AbortSignal) {
  let hasChanged = false
  let wake: () => void = () => undefined
  const note = () => {
    hasChanged = true
    wake()
  }
  const unsubscribe = ctx.bus.subscribe(topic, note)
  signal.addEventListener('abort', () => {
    unsubscribe()
    wake()
  })
  return {
    async next(): Promise<void> {
      if (!hasChanged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      hasChanged = false
    },
  }
}

/** Deleted while somebody looked at it. */
function absent(error: unknown): undefined {
  if (isHandcarError(error, 'not_found')) return undefined
  throw error
}
