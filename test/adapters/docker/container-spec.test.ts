import { describe, expect, it } from 'vitest'
import { containerSpec } from '../../../src/adapters/docker/container-spec.ts'
import type { ReplicaPlan } from '../../../src/ports/container-engine.ts'

const plan: ReplicaPlan = {
  replicaId: 'replica-1',
  name: 'handcar-replica-1',
  labels: {
    project: 'project-1',
    environment: 'environment-1',
    service: 'service-1',
    deployment: 'deployment-1',
    replica: 'replica-1',
  },
  image: 'handcar/service-1:7',
  startCommand: undefined,
  variables: { PORT: '3000', GREETING: 'a=b "c" $d\ne' },
  address: '10.210.0.2',
  alias: 'web',
  memoryBytes: 536_870_912,
  cpuMillis: 1500,
  stopGraceSeconds: 10,
}

describe('containerSpec', () => {
  it('gives a replica exactly what the allow-list grants', () => {
    expect(containerSpec(plan, 'install-1', 'network-1')).toEqual({
      name: 'handcar-replica-1',
      Image: 'handcar/service-1:7',
      Env: ['PORT=3000', 'GREETING=a=b "c" $d\ne'],
      Labels: {
        'handcar.install': 'install-1',
        'handcar.project': 'project-1',
        'handcar.environment': 'environment-1',
        'handcar.service': 'service-1',
        'handcar.deployment': 'deployment-1',
        'handcar.replica': 'replica-1',
      },
      StopTimeout: 10,
      Healthcheck: { Test: ['NONE'] },
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      OpenStdin: false,
      Tty: false,
      HostConfig: {
        NetworkMode: 'network-1',
        Privileged: false,
        CapDrop: ['ALL'],
        CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'NET_BIND_SERVICE', 'KILL'],
        SecurityOpt: ['no-new-privileges'],
        PidsLimit: 512,
        Memory: 536_870_912,
        MemorySwap: 536_870_912,
        NanoCpus: 1_500_000_000,
        Ulimits: [{ Name: 'nofile', Soft: 65_535, Hard: 65_535 }],
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
        EndpointsConfig: { 'network-1': { IPAMConfig: { IPv4Address: '10.210.0.2' }, Aliases: ['web'] } },
      },
    })
  })

  it('runs a start command through the shell in place of what the image would start', () => {
    const spec = containerSpec({ ...plan, startCommand: 'node server.js --port $PORT' }, 'install-1', 'network-1')
    expect(spec.Entrypoint).toEqual(['sh', '-c', 'exec node server.js --port $PORT'])
    expect(containerSpec({ ...plan, startCommand: '  ' }, 'install-1', 'network-1')).not.toHaveProperty('Entrypoint')
  })

  it('asks for fewer open files where the daemon cannot grant more', () => {
    const spec = containerSpec(plan, 'install-1', 'network-1', 20_000)
    expect(spec.HostConfig?.Ulimits).toEqual([{ Name: 'nofile', Soft: 20_000, Hard: 20_000 }])
  })
})
