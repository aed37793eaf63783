import type { NetworkInspectInfo } from 'dockerode'
import { HandcarError } from '../../kernel/errors.ts'
import type { NetworkPlan, RunningNetwork } from '../../ports/container-engine.ts'
import { type DockerConnection, engineFailed } from './connect.ts'
import { label, labelFilter } from './labels.ts'
import { routedSubnets } from './proc-net.ts'

/** The bridges of environments, one per environment. They are found by label: Docker 20.10 allows equal names. */
export class Networks {
  private readonly connection: DockerConnection
  private readonly installId: string
  /** Two calls for one environment at the same time must not make two networks. */
  private readonly making = new Map<string, Promise<void>>()
  /** Docker's ids as the last {@link ensure} has seen them. */
  private readonly ids = new Map<string, string>()

  constructor(connection: DockerConnection, installId: string) {
    this.connection = connection
    this.installId = installId
  }

  async ensure(plan: NetworkPlan): Promise<void> {
    const pending = this.making.get(plan.environmentId) ?? this.make(plan)
    this.making.set(plan.environmentId, pending)
    try {
      await pending
    } finally {
      this.making.delete(plan.environmentId)
    }
  }

  async remove(environmentId: string): Promise<void> {
    this.ids.delete(environmentId)
    const filters = labelFilter({ [label.install]: this.installId, [label.environment]: environmentId })
    const replicas = await this.connection.call((docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    )
    // Docker would let it go while replicas that do not run now need it to start again.
    if (replicas.length > 0) return
    for (const { Id: id } of await this.find({ [label.environment]: environmentId })) {
      const answer = await this.connection.attempt((docker, abortSignal) =>
        docker.getNetwork(id).remove({ abortSignal }),
      )
      // 403: something else is attached; 404: gone already.
      if (!answer.ok && answer.status !== 403 && answer.status !== 404) throw engineFailed(answer.message)
    }
  }

  async list(): Promise<RunningNetwork[]> {
    return (await this.find({})).map((network) => ({
      environmentId: network.Labels?.[label.environment] ?? '',
      subnet: network.IPAM?.Config?.[0]?.Subnet ?? '',
    }))
  }

  /** Docker's id of the environment's network, as of the last {@link ensure} if there was one. */
  async idOf(environmentId: string): Promise<string | undefined> {
    return this.ids.get(environmentId) ?? (await this.look(environmentId))
  }

  async takenSubnets(): Promise<string[]> {
    const [routes, networks] = await Promise.all([
      routedSubnets(),
      this.connection.call((docker, abortSignal) => docker.listNetworks({ abortSignal })),
    ])
    const subnets = networks.flatMap((network) => (network.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? ''))
    return [...new Set([...routes, ...subnets.filter((subnet) => subnet.includes('.'))])]
  }

  private async make(plan: NetworkPlan): Promise<void> {
    if ((await this.look(plan.environmentId)) !== undefined) return
    const base = /^((?:\d{1,3}\.){3})0\/24$/.exec(plan.subnet)?.[1]
    if (base === undefined) throw new Error(`${plan.subnet} is not a /24 network`)
    const answer = await this.connection.attempt((docker, abortSignal) =>
      docker.createNetwork({
        Name: `handcar-${plan.environmentId}`,
        CheckDuplicate: true,
        Driver: 'bridge',
        EnableIPv6: false,
        // Docker's own choice of addresses is kept to the end of the subnet, away from those we hand out.
        IPAM: { Config: [{ Subnet: plan.subnet, Gateway: `${base}1`, IPRange: `${base}240/28` }] },
        Labels: {
          [label.install]: this.installId,
          [label.environment]: plan.environmentId,
          [label.project]: plan.projectId,
        },
        abortSignal,
      }),
    )
    if (answer.ok) return this.remember(plan.environmentId, answer.value.id)
    // Another network has it, or its gateway's address is in use.
    if (/overlaps|address already in use/i.test(answer.message)) throw subnetTaken(plan.subnet)
    if ((await this.look(plan.environmentId)) === undefined) throw engineFailed(answer.message)
  }

  private async look(environmentId: string): Promise<string | undefined> {
    const id = (await this.find({ [label.environment]: environmentId }))[0]?.Id
    this.remember(environmentId, id)
    return id
  }

  private remember(environmentId: string, id: string | undefined): void {
    if (id === undefined) this.ids.delete(environmentId)
    else this.ids.set(environmentId, id)
  }

  private find(labels: Record<string, string>): Promise<NetworkInspectInfo[]> {
    const filters = labelFilter({ [label.install]: this.installId, ...labels })
    return this.connection.call((docker, abortSignal) => docker.listNetworks({ filters, abortSignal }))
  }
}

export function subnetTaken(subnet: string): HandcarError {
  return new HandcarError({
    code: 'engine.subnet_taken',
    kind: 'conflict',
    message: `The subnet ${subnet} is already used on this server.`,
    hint: 'Handcar takes another one.',
  })
}
