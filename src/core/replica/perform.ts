import { assert, errorText } from '../../kernel/errors.ts'
import { readAddress } from '../account/address.ts'
import { type Ctx, tellChanged } from '../ctx.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { updateIn } from '../deployment/store.ts'
import type { Publisher } from '../route/publish.ts'
import { serviceUrl } from '../service/read.ts'
import type { Service } from '../service/service.ts'
import { freeAddress, giveUpTakenSubnet, isWithin, subnetOf, takeAddressIn } from './address.ts'
import { explainRefusal } from './explain.ts'
import { failCandidate, giveUpOn } from './give-up.ts'
import { goLive } from './go-live.ts'
import { known, type Memory, type Sight } from './observe.ts'
import { planReplica } from './plan.ts'
import { probe } from './probe.ts'
import type { Replica } from './replica.ts'
import type { Action } from './roll-out.ts'
import { keepOutput } from './runtime-log.ts'
import { insertReplicaIn, newReplicaId, updateReplica } from './store.ts'

/** After the engine failed us while taking a replica away. */
const retryMs = 1_000

export type Progress = 'moved' | 'waiting'

/** What the mover works with. */
export interface Hands {
  ctx: Ctx
  memory: Memory
  publisher: Publisher
  /** Look at this instance again. */
  nudge(instanceId: string): void
  /** Resolves when something about the instance of this look has changed. */
  news: Promise<void>
}

/** Does what `rollOut` said. Each action can be done again after a crash in its middle. */
export async function perform(hands: Hands, sight: Sight, action: Action): Promise<Progress> {
  const { ctx, memory } = hands
  switch (action.do) {
    case 'create':
      return create(hands, sight, action.deploymentId, action.ordinal)
    case 'start':
      return start(hands, sight, action.replica)
    case 'probe':
      return probe(hands, sight, action.replica)
    case 'route':
      return route(hands, sight, action.replicaIds, action.goLive)
    case 'let_go':
      await updateReplica(ctx.db, action.replica.id, { wanted: 'remove' })
      return 'moved'
    case 'drain':
      await hands.publisher.publish()
      await updateReplica(ctx.db, action.replica.id, { drainingAt: ctx.clock.now() })
      return 'moved'
    case 'take_away':
      return inBackground(hands, action.replica, () => end(hands, action.replica))
    case 'forget':
      await end(hands, action.replica)
      return 'moved'
    case 'crash':
      await giveUpOn(ctx, action.replica)
      return inBackground(hands, action.replica, () => takeDown(ctx, action.replica))
    case 'fail':
      await failCandidate(ctx, memory, sight, action)
      return 'moved'
  }
}

/** Row and address first, then the engine; a row that is there already is used. */
async function create({ ctx, memory }: Hands, sight: Sight, deploymentId: string, ordinal: number): Promise<Progress> {
  const { service } = sight
  const release = await known(ctx, memory, deploymentId)
  const subnet = await ensureNetwork(ctx, service)
  const replica = await rowFor(ctx, sight, deploymentId, ordinal, subnet)
  const url = serviceUrl(service, await readAddress(ctx))
  const plan = planReplica(service, release, replica, { url, stopGraceSeconds: ctx.config.stopGraceSeconds })
  const created = await ctx.engine.create(plan)
  if (!created.ok) return refuse({ ctx, memory }, sight, replica, created)
  return start({ ctx, memory }, sight, replica)
}

/** The environment's network, on its subnet; what somebody else has taken meanwhile is given up for another one. */
async function ensureNetwork(ctx: Ctx, { environmentId, projectId }: Service): Promise<string> {
  const subnet = await subnetOf(ctx, environmentId)
  try {
    await ctx.engine.ensureNetwork({ environmentId, projectId, subnet })
    return subnet
  } catch (error) {
    await giveUpTakenSubnet(ctx, environmentId, subnet)
    throw error
  }
}

async function rowFor(ctx: Ctx, sight: Sight, deploymentId: string, ordinal: number, subnet: string) {
  const found = sight.observed.find(
    ({ replica }) => replica.deploymentId === deploymentId && replica.ordinal === ordinal && replica.wanted === 'run',
  )?.replica
  if (found?.address !== undefined && isWithin(found.address, subnet)) return { ...found, address: found.address }
  if (found) await updateReplica(ctx.db, found.id, { wanted: 'remove' })
  const { instanceId, environmentId } = sight.service
  const id = newReplicaId(ctx)
  const now = ctx.clock.now()
  const address = await ctx.db.transaction().execute(async (tx) => {
    const taken = await takeAddressIn(tx, { environmentId, subnet, replicaId: id, now })
    await insertReplicaIn(tx, { id, instanceId, deploymentId, ordinal, address: taken }, now)
    return taken
  })
  return { id, deploymentId, ordinal, address }
}

type Startable = Pick<Replica, 'id' | 'deploymentId'>

async function start(hands: Pick<Hands, 'ctx' | 'memory'>, sight: Sight, replica: Startable): Promise<Progress> {
  const started = await hands.ctx.engine.start(replica.id)
  return started.ok ? 'moved' : refuse(hands, sight, replica, started)
}

/** What the engine will not start: the candidate fails for it; a live one is tried again with pauses. */
async function refuse(
  { ctx, memory }: Pick<Hands, 'ctx' | 'memory'>,
  sight: Sight,
  replica: Startable,
  refusal: { reason: Parameters<typeof explainRefusal>[2]; message: string },
): Promise<Progress> {
  if (replica.deploymentId === sight.wanted.candidate?.deploymentId) {
    const failure = await explainRefusal(ctx, replica.id, refusal.reason, refusal.message)
    await failCandidate(ctx, memory, sight, { cause: 'refused', failure })
    return 'moved'
  }
  // What keeps it from starting may be its own, like a network that somebody removed: it is made anew next time.
  const row = sight.observed.find((one) => one.replica.id === replica.id)?.replica
  if (refusal.reason === 'cannot_start' && row) await takeDown(ctx, row)
  if (refusal.reason === 'not_found') await updateReplica(ctx.db, replica.id, { wanted: 'remove' })
  throw new Error(`the engine did not start replica ${replica.id}: ${refusal.message}`)
}

/** Flags first, then the proxy, then the states: a crash in between publishes the same table again. */
async function route(hands: Hands, sight: Sight, replicaIds: string[], liveId: string | undefined): Promise<Progress> {
  const { ctx } = hands
  const before = sight.observed.filter(({ replica }) => replica.isRouted).map(({ replica }) => replica.id)
  const leaving = before.filter((id) => !replicaIds.includes(id))
  await ctx.db.transaction().execute(async (tx) => {
    await tx.updateTable('replica').set({ routed: 0 }).where('id', 'in', leaving).execute()
    await tx.updateTable('replica').set({ routed: 1, drainingAt: null }).where('id', 'in', replicaIds).execute()
    if (liveId !== undefined) await updateIn(tx, liveId, { step: 'switching' })
  })
  const told = liveId === undefined ? undefined : appendLog(ctx, liveId, '-----> Switching traffic')
  await Promise.all([hands.publisher.publish(), told])
  if (liveId !== undefined) await goLive(ctx, sight.service, liveId)
  const drainingAt = ctx.clock.now()
  await ctx.db.updateTable('replica').set({ drainingAt }).where('id', 'in', leaving).execute()
  return 'moved'
}

function inBackground({ ctx, memory, nudge }: Hands, replica: Replica, act: () => Promise<void>): Progress {
  assert(!memory.busy.has(replica.id), 'a replica is taken away once')
  memory.busy.add(replica.id)
  act()
    .catch((error: unknown) => {
      ctx.log.warn({ replica: replica.id, error: errorText(error) }, 'could not take a replica away, trying again')
      return ctx.clock.sleep(retryMs)
    })
    .finally(() => {
      memory.busy.delete(replica.id)
      tellChanged(ctx, replica.instanceId)
      nudge(replica.instanceId)
    })
  return 'waiting'
}

async function takeDown(ctx: Ctx, replica: Replica): Promise<void> {
  // A damaged log or a full disk must not keep it here.
  await keepOutput(ctx, replica).catch((error: unknown) =>
    ctx.log.warn({ replica: replica.id, error: errorText(error) }, 'could not keep the last lines of a replica'),
  )
  await ctx.engine.stop(replica.id, ctx.config.stopGraceSeconds)
  await ctx.engine.remove(replica.id)
}

/** Its last lines are kept, its address rests, its row is over. */
async function end({ ctx, memory }: Hands, replica: Replica): Promise<void> {
  if (replica.drainingAt !== undefined) await updateReplica(ctx.db, replica.id, { state: 'draining' })
  await takeDown(ctx, replica)
  await freeAddress(ctx, replica.id)
  await updateReplica(ctx.db, replica.id, { state: 'stopped', routed: 0, endedAt: ctx.clock.now() })
  memory.probes.delete(replica.id)
  memory.exits.delete(replica.id)
  memory.excused.delete(replica.id)
  // What is needed again is read again.
  for (const id of [replica.id, replica.deploymentId]) memory.settled.delete(id)
  memory.releases.delete(replica.deploymentId)
}
