import type { Child } from 'hono/jsx'
import type { ServiceSummary } from '../../src/core/service/service.ts'
import { hostOf } from '../format.ts'
import { ids } from '../ids.ts'
import type { Crumb } from '../layout/page.tsx'
import { Icon } from '../parts/icon.tsx'
import { Badge } from '../parts/state.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { paths } from '../paths.ts'
import { serviceWord, type Tone, wordOf } from '../words.ts'

export type ServiceTab = 'Deployments' | 'Logs' | 'Variables' | 'Settings'

/** Crumbs of every page of a service; `here` is a page under it, e.g. "#40". */
export function serviceCrumbs({ service }: ServiceSummary, here?: string): Crumb[] {
  const project = paths.project(service.project, service.environment)
  return [
    { label: service.project, href: project },
    { label: service.environment, href: project },
    { label: service.slug, ...(here === undefined ? {} : { href: paths.service(service) }) },
    ...(here === undefined ? [] : [{ label: here }]),
  ]
}

/** Top of each page of a service: what it is, how it is, where it is, and its tabs. */
export function ServiceHeader(props: { summary: ServiceSummary; current: ServiceTab; actions?: Child }) {
  const { service } = props.summary
  const at = paths.service(service)
  return (
    <>
      <div class="hero">
        <ServiceState summary={props.summary} />
        {props.actions}
      </div>
      <Tabs
        label="Service"
        current={props.current}
        tabs={[
          { name: 'Deployments', href: at },
          { name: 'Logs', href: `${at}/logs` },
          { name: 'Variables', href: `${at}/variables` },
          { name: 'Settings', href: `${at}/settings` },
        ]}
      />
    </>
  )
}

const tiles: Partial<Record<Tone, string>> = { err: 'red', warn: 'amber', idle: '' }

/** Colour of the picture of a service: green unless something is to be seen to, or nothing runs. */
export function tileOf(summary: ServiceSummary): string {
  return tiles[serviceWord(summary).tone] ?? 'green'
}

/** Live: picture, name, states, address. */
export function ServiceState({ summary }: { summary: ServiceSummary }) {
  const { service, open } = summary
  const running = summary.replicas.filter((replica) => replica.state === 'healthy').length
  return (
    <div class="row grow lead" id={ids.serviceState}>
      <span class={`tile lg ${tileOf(summary)}`}>
        <Icon name="box" />
      </span>
      <div class="grow">
        <div class="row wrap">
          <h1>{service.slug}</h1>
          <Badge state={serviceWord({ ...summary, open: undefined })} />
          {open === undefined ? null : <Badge state={wordOf(open)} word={`${wordOf(open).word} #${open.number}`} />}
        </div>
        <div class="where">
          <a href={summary.url} rel="noopener noreferrer">
            <Icon name="globe" small />
            {hostOf(summary.url)}
          </a>
          {service.branch === undefined ? null : (
            <span class="dim">
              <Icon name="git" small />
              {service.branch}
            </span>
          )}
          {running < 2 ? null : <span class="dim">{running} replicas</span>}
        </div>
      </div>
    </div>
  )
}
