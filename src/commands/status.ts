import { version } from '../bundle.ts'
import { readAddress } from '../core/account/address.ts'
import { systemActor } from '../core/account/token.ts'
import type { Ctx } from '../core/ctx.ts'
import { listDeployments } from '../core/deployment/read.ts'
import { listServices } from '../core/service/read.ts'
import type { ServiceSummary } from '../core/service/service.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { withCore } from './open.ts'

const deploymentsShown = 20

/** The answer of `status --json`; scripts hold on to it, so it only grows. Times are ISO 8601 in UTC. */
interface Status {
  version: string
  panel: string
  services: ServiceStatus[]
}

interface ServiceStatus {
  id: string
  project: string
  environment: string
  service: string
  url: string
  /** Number of the deployment that serves; null when none does, also while the service is stopped. */
  live: number | null
  deployments: Array<{
    number: number
    state: string
    step: string
    code: string | null
    commit: string
    createdAt: string
    endedAt: string | null
  }>
  replicas: Array<{ deployment: number; state: string; address: string | null }>
}

export async function status(args: string[]): Promise<number> {
  const { options } = readArguments(args, { count: 0, options: ['--json'], usage: 'status [--json]' })
  const found = await withCore(readStatus)
  print(options.has('--json') ? JSON.stringify(found) : asText(found))
  return exitCodes.done
}

async function readStatus(ctx: Ctx): Promise<Status> {
  const { panelUrl } = await readAddress(ctx)
  const summaries = await listServices(ctx, await systemActor(ctx))
  const services: ServiceStatus[] = []
  for (const summary of summaries) services.push(await statusOf(ctx, summary))
  return { version, panel: panelUrl, services }
}

async function statusOf(ctx: Ctx, { service, url, live, replicas }: ServiceSummary): Promise<ServiceStatus> {
  const deployments = await listDeployments(ctx, service, deploymentsShown)
  return {
    id: service.id,
    project: service.project,
    environment: service.environment,
    service: service.slug,
    url,
    live: service.isStopped ? null : (live?.number ?? null),
    deployments: deployments.map(({ number, state, step, code, commitSha, createdAt, endedAt }) => ({
      number,
      state,
      step,
      code: code ?? null,
      commit: commitSha,
      createdAt: new Date(createdAt).toISOString(),
      endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    })),
    replicas: replicas.map(({ deploymentNumber, state, address }) => ({
      deployment: deploymentNumber,
      state,
      address: address ?? null,
    })),
  }
}

function asText({ version, panel, services }: Status): string {
  const rows = services.map(({ project, environment, service, live, deployments, replicas, url }) => [
    `${project}/${environment}/${service}`,
    live === null ? 'not live' : `live #${live}`,
    deployments[0] === undefined ? '' : `newest #${deployments[0].number} ${deployments[0].state}`,
    `${replicas.filter(({ state }) => state === 'healthy').length} healthy`,
    url,
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const none = services.length === 0 ? [`No service yet. Push to ${panel}/git/PROJECT/SERVICE.git to make one.`] : []
  return [`handcar ${version} · ${panel}`, ...lines, ...none].join('\n')
}
