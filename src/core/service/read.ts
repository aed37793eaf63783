import { sql } from 'kysely'
import { type Address, readAddress, urlOf } from '../account/address.ts'
import { type Actor, notFound } from '../actor.ts'
import type { Ctx, Reader } from '../ctx.ts'
import { type Deployment, isOpen, openStates } from '../deployment/deployment.ts'
import { toDeployment } from '../deployment/store.ts'
import type { ReplicaState } from '../replica/replica.ts'
import { conditionOf } from './condition.ts'
import type { Service, ServiceSummary } from './service.ts'

export interface ServicePath {
  project: string
  environment: string
  service: string
}

/** Throws `service.not_found` for absent, deleted and foreign ones alike. */
export async function getService(ctx: Ctx, actor: Actor, path: ServicePath): Promise<Service> {
  const row = await serviceRows(ctx.db)
    .where('project.teamId', '=', actor.teamId)
    .where('project.slug', '=', path.project)
    .where('environment.slug', '=', path.environment)
    .where('service.slug', '=', path.service)
    .where('service.deletedAt', 'is', null)
    .executeTakeFirst()
  if (!row) throw notFound('service')
  return serviceOf(row)
}

/** The production instance that a push to `PROJECT/SERVICE.git` means. */
export async function findServiceForPush(
  ctx: Ctx,
  actor: Actor,
  project: string,
  service: string,
): Promise<Service | undefined> {
  const row = await serviceRows(ctx.db)
    .where('project.teamId', '=', actor.teamId)
    .where('project.slug', '=', project)
    .where('environment.slug', '=', 'production')
    .where('service.slug', '=', service)
    .where('service.deletedAt', 'is', null)
    .executeTakeFirst()
  return row && serviceOf(row)
}

/** For core and its worker, which act for nobody; deleted ones are found too. */
export async function getInstance(ctx: Ctx, instanceId: string, reader: Reader = ctx.db): Promise<Service> {
  const row = await serviceRows(reader).where('instance.id', '=', instanceId).executeTakeFirst()
  if (!row) throw notFound('service')
  return serviceOf(row)
}

/** Instances that may have anything running or routed: all but deleted ones. */
export async function listInstances(ctx: Ctx, reader: Reader = ctx.db): Promise<Service[]> {
  const rows = await serviceRows(reader).where('service.deletedAt', 'is', null).orderBy('instance.id').execute()
  return rows.map(serviceOf)
}

/** Services of one environment by name, or with no path all of the team's. */
export async function listServices(
  ctx: Ctx,
  actor: Actor,
  path?: { project: string; environment: string },
): Promise<ServiceSummary[]> {
  let query = serviceRows(ctx.db)
    .where('project.teamId', '=', actor.teamId)
    .where('service.deletedAt', 'is', null)
    .orderBy('project.slug')
    .orderBy('environment.slug')
    .orderBy('service.slug')
  if (path) query = query.where('project.slug', '=', path.project).where('environment.slug', '=', path.environment)
  const rows = await query.execute()
  return summaries(ctx, rows.map(serviceOf))
}

export async function summarize(ctx: Ctx, service: Service): Promise<ServiceSummary> {
  const [summary] = await summaries(ctx, [service])
  if (!summary) throw notFound('service')
  return summary
}

/** Host names of a service, all lower case; the first one is its address. */
export function hostsOf(service: Service, address: Pick<Address, 'appsHost'>): string[] {
  return [`${service.hostLabel}.${address.appsHost}`]
}

export function serviceUrl(service: Service, address: Pick<Address, 'appsHost' | 'scheme' | 'port'>): string {
  return urlOf(hostsOf(service, address)[0] ?? '', address)
}

/** Three statements, however many services. */
async function summaries(ctx: Ctx, services: Service[]): Promise<ServiceSummary[]> {
  if (services.length === 0) return []
  const address = await readAddress(ctx)
  const deployments = await deploymentsThatMatter(ctx, services)
  const liveIds = services.flatMap(({ liveDeploymentId }) => liveDeploymentId ?? [])
  const replicas = await ctx.db
    .selectFrom('replica')
    .select(['instanceId', 'deploymentId', 'state', 'address', 'wanted'])
    .where(
      'instanceId',
      'in',
      services.map(({ instanceId }) => instanceId),
    )
    .where('endedAt', 'is', null)
    .orderBy('ordinal')
    .execute()
  const numbers = new Map(deployments.map(({ id, number }) => [id, number]))
  return services.map((service) => {
    const own = deployments.filter(({ instanceId }) => instanceId === service.instanceId)
    const present = replicas.filter(({ instanceId }) => instanceId === service.instanceId)
    const live = own.find(({ id }) => id === service.liveDeploymentId)
    const open = own.find(({ state }) => isOpen(state))
    const serving = present.filter(({ wanted, deploymentId }) => wanted === 'run' && liveIds.includes(deploymentId))
    return {
      service,
      url: serviceUrl(service, address),
      condition: conditionOf({
        isStopped: service.isStopped,
        hasLive: live !== undefined,
        hasOpen: open !== undefined,
        replicas: serving.map(({ state }) => state as ReplicaState),
      }),
      live,
      open,
      latest: own[0],
      replicas: present
        .flatMap(({ deploymentId, state, address: at }) => {
          const deploymentNumber = numbers.get(deploymentId)
          if (deploymentNumber === undefined) return []
          return [{ deploymentNumber, state: state as ReplicaState, address: at ?? undefined }]
        })
        .sort((one, other) => one.deploymentNumber - other.deploymentNumber),
    }
  })
}

/** Live, open, newest, and those that still have replicas (the one being drained): newest first. */
async function deploymentsThatMatter(ctx: Ctx, services: Service[]): Promise<Deployment[]> {
  const instanceIds = services.map(({ instanceId }) => instanceId)
  const open = sql.join(openStates.map((state) => sql.lit(state)))
  const rows = await ctx.db
    .selectFrom('deployment')
    .selectAll()
    .where('id', 'in', (query) =>
      query
        .selectFrom('instance')
        .innerJoin('deployment as newest', (join) =>
          join
            .onRef('newest.instanceId', '=', 'instance.id')
            .on(sql<boolean>`newest.number = instance.next_number - 1`),
        )
        .where('instance.id', 'in', instanceIds)
        .select('newest.id')
        .union(
          query
            .selectFrom('instance')
            .where('id', 'in', instanceIds)
            .where('liveDeploymentId', 'is not', null)
            .select(sql<string>`live_deployment_id`.as('id')),
        )
        .union(
          query
            .selectFrom('replica')
            .where('instanceId', 'in', instanceIds)
            .where('endedAt', 'is', null)
            .select('deploymentId as id'),
        )
        .union(
          query
            .selectFrom('deployment')
            .where('instanceId', 'in', instanceIds)
            .where(sql<boolean>`state IN (${open})`)
            .select('id'),
        ),
    )
    .orderBy('number', 'desc')
    .execute()
  return rows.map(toDeployment)
}

function serviceRows(reader: Reader) {
  return reader
    .selectFrom('instance')
    .innerJoin('service', 'service.id', 'instance.serviceId')
    .innerJoin('environment', 'environment.id', 'instance.environmentId')
    .innerJoin('project', 'project.id', 'service.projectId')
    .selectAll('instance')
    .select([
      'service.slug as serviceSlug',
      'service.deletedAt as deletedAt',
      'service.cacheEpoch as cacheEpoch',
      'environment.slug as environmentSlug',
      'project.id as projectId',
      'project.slug as projectSlug',
      'project.teamId as teamId',
    ])
}

type ServiceRow = Awaited<ReturnType<ReturnType<typeof serviceRows>['execute']>>[number]

function serviceOf(row: ServiceRow): Service {
  return {
    id: row.serviceId,
    instanceId: row.id,
    environmentId: row.environmentId,
    projectId: row.projectId,
    teamId: row.teamId,
    project: row.projectSlug,
    environment: row.environmentSlug,
    slug: row.serviceSlug,
    branch: row.branch ?? undefined,
    hostLabel: row.hostLabel,
    isStopped: row.stoppedAt !== null,
    isDeleted: row.deletedAt !== null,
    liveDeploymentId: row.liveDeploymentId ?? undefined,
    settings: {
      port: row.port ?? undefined,
      healthPath: row.healthPath ?? undefined,
      healthTimeoutS: row.healthTimeoutS ?? undefined,
      startCommand: row.startCommand ?? undefined,
      rootDirectory: row.rootDirectory ?? undefined,
      replicas: row.replicas,
      memoryBytes: row.memoryBytes ?? undefined,
      cpuMillis: row.cpuMillis ?? undefined,
    },
    settingsVersion: row.settingsVersion,
    cacheEpoch: row.cacheEpoch,
    createdAt: row.createdAt,
  }
}
