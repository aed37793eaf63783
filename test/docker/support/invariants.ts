import type { ContainerInspectInfo } from 'dockerode'
import { expect } from 'vitest'

const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'NET_BIND_SERVICE', 'KILL']
const ourLabels = ['install', 'project', 'environment', 'service', 'deployment', 'replica']
const id = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Everything that must hold for whatever a tenant's program runs in, as the daemon tells it. */
export function expectConfined(container: ContainerInspectInfo, installId: string): void {
  expectNoPower(container)
  expectBounded(container)
  expectNothingOfHost(container)
  expectOwnNetwork(container)
  expectOurLabels(container, installId)
}

function expectNoPower({ HostConfig: host }: ContainerInspectInfo): void {
  expect(host.Privileged).toBe(false)
  expect(host.CapDrop).toEqual(['ALL'])
  for (const capability of host.CapAdd ?? []) expect(capabilities).toContain(capability.replace(/^CAP_/, ''))
  // Nothing else in it, so the default profile of system calls is in force.
  expect(host.SecurityOpt).toEqual(['no-new-privileges'])
  expect(host.MaskedPaths).toEqual(expect.arrayContaining(['/proc/kcore', '/proc/keys', '/sys/firmware']))
  expect(host.ReadonlyPaths).toEqual(expect.arrayContaining(['/proc/sys', '/proc/sysrq-trigger']))
  expect(host.Sysctls ?? {}).toEqual({})
}

function expectBounded({ HostConfig: host, Config: config }: ContainerInspectInfo): void {
  expect(host.PidsLimit).toBeGreaterThan(0)
  expect(host.PidsLimit).toBeLessThanOrEqual(512)
  expect(host.Memory).toBeGreaterThan(0)
  expect(host.MemorySwap).toBe(host.Memory)
  expect(host.NanoCpus).toBeGreaterThan(0)
  const [files, ...others] = host.Ulimits ?? []
  expect(others).toEqual([])
  expect(files).toMatchObject({ Name: 'nofile', Soft: files?.Hard })
  expect(files?.Hard).toBeLessThanOrEqual(65_535)
  expect(host.LogConfig).toEqual({ Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } })
  expect(host.Init).toBe(true)
  expect(config.Healthcheck?.Test).toEqual(['NONE'])
}

function expectNothingOfHost({ HostConfig: host, Mounts: mounts }: ContainerInspectInfo): void {
  expect(host.IpcMode).toBe('private')
  expect([host.PidMode, host.UTSMode, host.UsernsMode]).toEqual(['', '', ''])
  expect(host.Devices ?? []).toEqual([])
  expect(host.DeviceRequests ?? []).toEqual([])
  expect(host.Binds ?? []).toEqual([])
  expect(host.VolumesFrom ?? []).toEqual([])
  expect(host.Mounts ?? []).toEqual([])
  expect(host.ExtraHosts ?? []).toEqual([])
  // A volume that the image declares gets a random name from the daemon.
  for (const mount of mounts) expect(mount).toMatchObject({ Type: 'volume', Driver: 'local', Name: /^[0-9a-f]{64}$/ })
}

function expectOwnNetwork({ HostConfig: host, NetworkSettings: network }: ContainerInspectInfo): void {
  expect(host.PortBindings ?? {}).toEqual({})
  expect(host.PublishAllPorts).toBe(false)
  expect(host.Links ?? []).toEqual([])
  for (const bindings of Object.values(network.Ports ?? {})) expect(bindings ?? []).toEqual([])
  const attached = Object.values(network.Networks)
  expect(attached).toHaveLength(1)
  expect(host.NetworkMode).toBe(attached[0]?.NetworkID)
}

function expectOurLabels({ Config: config }: ContainerInspectInfo, installId: string): void {
  expect(config.Labels['handcar.install']).toBe(installId)
  // `handcar.base` comes along from a stand-in base image.
  const ours = Object.entries(config.Labels).filter(([name]) => /^handcar\.(?!base$)/.test(name))
  expect(ours.map(([name]) => name.slice('handcar.'.length)).sort()).toEqual([...ourLabels].sort())
  for (const [, value] of ours) expect(value).toMatch(id)
}
