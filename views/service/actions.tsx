import { ids } from '../ids.ts'
import { ActButton, ButtonLink } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { paths, type ServiceAddress } from '../paths.ts'

/** What may be done with a whole service now. */
export type ServiceAction = 'open' | 'redeploy' | 'rebuild' | 'restart' | 'stop'

interface Offer {
  word: string
  /** What it does, in one line: people mix these up. */
  note: string
  icon: IconName
}

const offers: Record<Exclude<ServiceAction, 'open'>, Offer> = {
  restart: { word: 'Restart', note: 'Same image, settings and variables', icon: 'restart' },
  redeploy: { word: 'Redeploy', note: "Same image, today's settings and variables", icon: 'up' },
  rebuild: { word: 'Rebuild', note: 'Same commit, built again without cache', icon: 'box' },
  stop: { word: 'Stop', note: 'Its address answers 503 until a restart', icon: 'stop' },
}

/** Live: the buttons of a service. Only what is possible now is drawn. */
export function ServiceActions(props: { at: ServiceAddress; url: string; actions: ServiceAction[] }) {
  const at = paths.service(props.at)
  const more = (['rebuild', 'stop'] as const).filter((action) => props.actions.includes(action))
  const shown = (['restart', 'redeploy'] as const).filter((action) => props.actions.includes(action))
  return (
    <div class="row acts" id={ids.serviceActions}>
      {more.length === 0 ? null : (
        <details class="account" id={ids.serviceMore}>
          <summary class="btn ghost icon" aria-label="More actions">
            <Icon name="dots" />
          </summary>
          <div class="menu">
            {more.map((action) => (
              <button type="submit" form={ids.actForm} formaction={`${at}/${action}`}>
                <Icon name={offers[action].icon} small />
                <span>
                  {offers[action].word}
                  <span class="hint">{offers[action].note}</span>
                </span>
              </button>
            ))}
          </div>
        </details>
      )}
      {shown.map((action) => (
        <ActButton
          action={`${at}/${action}`}
          title={offers[action].note}
          icon={action === 'restart' ? offers[action].icon : undefined}
        >
          {offers[action].word}
        </ActButton>
      ))}
      {props.actions.includes('open') ? (
        <ButtonLink href={props.url} kind="primary" iconAfter="external" outside>
          Open
        </ButtonLink>
      ) : null}
    </div>
  )
}
