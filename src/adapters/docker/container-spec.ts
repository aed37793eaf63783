import type { ContainerCreateOptions } from 'dockerode'
import type { ReplicaPlan } from '../../ports/container-engine.ts'
import { replicaLabels } from './labels.ts'
import { shellArguments } from './start-command.ts'

/** What a program may still do as root inside: own files, become another user, open low ports, end its children. */
const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'NET_BIND_SERVICE', 'KILL']

/**
 * The one place that says what a container of a tenant may be. Only what {@link ReplicaPlan} names can vary.
 * `openFiles` is lower than usual only where the daemon itself cannot grant more.
 * It starts without a restart policy, so that a failed candidate never comes back by itself.
 */
export function containerSpec(
  plan: ReplicaPlan,
  installId: string,
  networkId: string,
  openFiles = 65_535,
): ContainerCreateOptions {
  return {
    name: plan.name,
    Image: plan.image,
    ...(plan.startCommand === undefined || plan.startCommand.trim() === ''
      ? {}
      : { Entrypoint: shellArguments(plan.startCommand) }),
    Env: Object.entries(plan.variables).map(([name, value]) => `${name}=${value}`),
    Labels: replicaLabels(plan.labels, installId),
    StopTimeout: plan.stopGraceSeconds,
    // Readiness is checked from the host over the network; a check inside costs a process each time.
    Healthcheck: { Test: ['NONE'] },
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: false,
    Tty: false,
    HostConfig: {
      NetworkMode: networkId,
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: capabilities,
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 512,
      Memory: plan.memoryBytes,
      // The same value: no swap on top of the limit.
      MemorySwap: plan.memoryBytes,
      NanoCpus: plan.cpuMillis * 1_000_000,
      Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }],
      IpcMode: 'private',
      Init: true,
      LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } },
      RestartPolicy: { Name: 'no' },
      Binds: [],
      Mounts: [],
      PortBindings: {},
      PublishAllPorts: false,
      AutoRemove: false,
    },
    NetworkingConfig: {
      EndpointsConfig: {
        [networkId]: { IPAMConfig: { IPv4Address: plan.address }, Aliases: [plan.alias] },
      },
    },
  }
}
