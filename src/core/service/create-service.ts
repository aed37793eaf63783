import { createHash } from 'node:crypto'
import { transaction } from '../../kernel/db.ts'
import type { HandcarError } from '../../kernel/errors.ts'
import { readAddress } from '../account/address.ts'
import type { Actor } from '../actor.ts'
import { type Ctx, type Tx, topics } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import { ensureEnvironmentIn } from '../project/store.ts'
import { serviceExists, slugNotAllowed } from './errors.ts'
import { getInstance } from './read.ts'
import { type Service, slugPattern } from './service.ts'
import { insertServiceIn } from './store.ts'

const maxLabel = 63

/** What is wrong with the names, all at once; {@link createService} throws the first. */
export function refusalsOf(names: { project: string; service: string }): HandcarError[] {
  const refusals: HandcarError[] = []
  if (!slugPattern.test(names.project)) refusals.push(slugNotAllowed('Project', 'project'))
  if (!slugPattern.test(names.service)) refusals.push(slugNotAllowed('Service', 'service'))
  return refusals
}

/** A new service in the project's production environment; both are made if they are not there yet. */
export async function createService(
  ctx: Ctx,
  actor: Actor,
  names: { project: string; service: string },
): Promise<Service> {
  const [refusal] = refusalsOf(names)
  if (refusal) throw refusal
  const at = ctx.clock.now()
  const instanceId = await transaction(ctx.db, async (tx) => {
    const { panelHost, appsHost } = await readAddress(ctx, tx)
    const environment = await ensureEnvironmentIn(tx, { teamId: actor.teamId, project: names.project, at })
    const existing = await tx
      .selectFrom('service')
      .select('id')
      .where('projectId', '=', environment.projectId)
      .where('slug', '=', names.service)
      .where('deletedAt', 'is', null)
      .executeTakeFirst()
    if (existing) throw serviceExists(names.project, names.service)
    const hostLabel = await freeLabelIn(tx, `${names.service}-${names.project}`, (label) => {
      return `${label}.${appsHost}` === panelHost
    })
    const ids = await insertServiceIn(tx, {
      projectId: environment.projectId,
      environmentId: environment.id,
      slug: names.service,
      hostLabel,
      at,
    })
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'service.created',
      subjectId: ids.serviceId,
      actor: actor.name,
      detail: { project: names.project, service: names.service },
      at,
    })
    return ids.instanceId
  })
  ctx.bus.publish(topics.anything)
  return getInstance(ctx, instanceId)
}

/** `web-lantern`, or `web-lantern-2` and so on when another service has it. */
async function freeLabelIn(tx: Tx, name: string, isReserved: (label: string) => boolean): Promise<string> {
  const base = fitted(name, maxLabel)
  for (let copy = 1; ; copy += 1) {
    const end = copy === 1 ? '' : `-${copy}`
    const label = fitted(base, maxLabel - end.length) + end
    const taken = await tx.selectFrom('instance').select('id').where('hostLabel', '=', label).executeTakeFirst()
    if (!taken && !isReserved(label)) return label
  }
}

/** A DNS label holds 63 characters: a longer name keeps its beginning and ends in a mark of the whole. */
function fitted(name: string, length: number): string {
  if (name.length <= length) return name
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 6)
  return `${name.slice(0, length - 7).replace(/-+$/, '')}-${mark}`
}
