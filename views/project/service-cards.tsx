import type { ServiceSummary } from '../../src/core/service/service.ts'
import { hostOf, plural } from '../format.ts'
import { ids } from '../ids.ts'
import { Icon } from '../parts/icon.tsx'
import { Badge, Dot } from '../parts/state.tsx'
import { Ago } from '../parts/time.tsx'
import { paths } from '../paths.ts'
import { tileOf } from '../service/header.tsx'
import { deploymentWords, serviceWord } from '../words.ts'

export interface ServicesProps {
  services: ServiceSummary[]
  now: number
}

const names = new Intl.Collator('en', { numeric: true })

/** As people count: svc-2 before svc-11. */
export function inOrder(services: ServiceSummary[]): ServiceSummary[] {
  return services.toSorted((one, other) => names.compare(one.service.slug, other.service.slug))
}

/** Live: one card a service; the whole card is the link. */
export function ServiceCards({ services, now }: ServicesProps) {
  return (
    <ul class="cards" id={ids.projectServices}>
      {inOrder(services).map((summary) => (
        <li>
          <ServiceCard summary={summary} now={now} />
        </li>
      ))}
    </ul>
  )
}

export function ServiceCard({ summary, now }: { summary: ServiceSummary; now: number }) {
  const { service } = summary
  const word = serviceWord(summary)
  const look = word.tone === 'live' ? ' is-live sweep' : word.tone === 'err' ? ' is-err' : ''
  return (
    <a class={`node${look}`} href={paths.service(service)} id={ids.serviceCard(service.slug)}>
      <div class="hd">
        <span class={`tile ${tileOf(summary)}`}>
          <Icon name="box" />
        </span>
        <div class="grow">
          <div class="nm cut" title={service.slug}>
            {service.slug}
          </div>
          <div class="xs dim cut" title={hostOf(summary.url)}>
            {hostOf(summary.url)}
          </div>
        </div>
      </div>
      <div class="ft">
        <Dot state={word} />
        <span>{word.word}</span>
        <LastChange summary={summary} now={now} />
      </div>
    </a>
  )
}

/** Live: the same as a table. */
export function ServiceTable({ services, now }: ServicesProps) {
  return (
    <div class="card" id={ids.projectServices}>
      <table class="table blocks">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">State</th>
            <th scope="col">Address</th>
            <th scope="col">Latest</th>
          </tr>
        </thead>
        <tbody>
          {inOrder(services).map((summary) => (
            <tr>
              <td>
                <a class="break" href={paths.service(summary.service)}>
                  <b>{summary.service.slug}</b>
                </a>
              </td>
              <td>
                <Badge state={serviceWord(summary)} />
              </td>
              <td>
                <a class="break" href={summary.url} rel="noopener noreferrer">
                  {hostOf(summary.url)}
                </a>
              </td>
              <td class="dim">
                <LastChange summary={summary} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function LastChange({ summary, now }: { summary: ServiceSummary; now: number }) {
  const { latest, open } = summary
  if (latest === undefined) return <span class="dim">No push yet</span>
  const healthy = summary.replicas.filter(({ state }) => state === 'healthy').length
  return (
    <span class="dim cut">
      {open === undefined && latest.state === 'failed' ? (
        <span class="t-err">{`#${latest.number} ${deploymentWords.failed.word.toLowerCase()}`}</span>
      ) : (
        `#${latest.number}`
      )}
      {' · '}
      <Ago at={latest.endedAt ?? latest.liveAt ?? latest.createdAt} now={now} />
      {healthy > 1 ? ` · ${plural(healthy, 'replica')}` : ''}
    </span>
  )
}
