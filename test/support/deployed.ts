import type { Actor } from '../../src/core/actor.ts'
import type { Ctx } from '../../src/core/ctx.ts'
import type { Deployment, DeploymentState } from '../../src/core/deployment/deployment.ts'
import { getDeploymentById } from '../../src/core/deployment/read.ts'
import { requestDeployment } from '../../src/core/deployment/request-deployment.ts'
import { createRelease } from '../../src/core/release/create-release.ts'
import type { ReplicaState } from '../../src/core/replica/replica.ts'
import { getInstance } from '../../src/core/service/read.ts'
import type { Service } from '../../src/core/service/service.ts'
import { newId } from '../../src/kernel/ids.ts'

export interface DeployedParts {
  state: DeploymentState
  /** Of its replicas that shall run; none by default. */
  replicas?: ReplicaState[]
}

let commits = 0

/** A deployment put into a state by its rows, with image and release, and no walk: for reads and pages. */
export async function deployed(ctx: Ctx, actor: Actor, service: Service, parts: DeployedParts): Promise<Deployment> {
  commits += 1
  const sha = commits.toString(16).padStart(40, '0')
  const commit = { sha, subject: `Change ${commits}`, author: 'Ada' }
  const push = { instanceId: service.instanceId, commit, branch: 'main', noCache: false, movesBranch: true }
  const { id } = await requestDeployment(ctx, actor, push)
  const at = ctx.clock.now()
  const imageId = await addImage(ctx, service, id)
  await ctx.db.updateTable('deployment').set({ imageId }).where('id', '=', id).execute()
  await createRelease(ctx, await getDeploymentById(ctx, id))
  const isOver = !['queued', 'building', 'releasing', 'starting', 'live'].includes(parts.state)
  await ctx.db
    .updateTable('deployment')
    .set({
      state: parts.state,
      ...(parts.state === 'live' || parts.state === 'removed' ? { liveAt: at } : {}),
      ...(isOver ? { endedAt: at } : {}),
    })
    .where('id', '=', id)
    .execute()
  if (parts.state === 'live') {
    await ctx.db.updateTable('instance').set({ liveDeploymentId: id }).where('id', '=', service.instanceId).execute()
  }
  for (const [ordinal, state] of (parts.replicas ?? []).entries()) await addReplica(ctx, service, id, ordinal, state)
  return getDeploymentById(ctx, id)
}

/** The service as its rows are now. */
export function again(ctx: Ctx, service: Service): Promise<Service> {
  return getInstance(ctx, service.instanceId)
}

async function addImage(ctx: Ctx, service: Service, deploymentId: string): Promise<string> {
  const createdAt = ctx.clock.now()
  const id = newId(createdAt)
  await ctx.db
    .insertInto('image')
    .values({
      id,
      serviceId: service.id,
      deploymentId,
      reference: `handcar/${id}`,
      sizeBytes: 1000,
      exposedPort: null,
      builder: 'dockerfile',
      createdAt,
      removedAt: null,
    })
    .execute()
  return id
}

async function addReplica(ctx: Ctx, service: Service, deploymentId: string, ordinal: number, state: ReplicaState) {
  const createdAt = ctx.clock.now()
  await ctx.db
    .insertInto('replica')
    .values({
      id: newId(createdAt),
      instanceId: service.instanceId,
      deploymentId,
      ordinal,
      wanted: 'run',
      state,
      routed: state === 'healthy' ? 1 : 0,
      address: `10.1.0.${ordinal + 2}`,
      exitCode: null,
      startedAt: createdAt,
      healthyAt: state === 'healthy' ? createdAt : null,
      drainingAt: null,
      restartCount: 0,
      createdAt,
      endedAt: null,
    })
    .execute()
}
