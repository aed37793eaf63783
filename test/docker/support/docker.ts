import type { ContainerInspectInfo, NetworkInspectInfo } from 'dockerode'
import { run } from '../../../src/kernel/process.ts'

/** Docker's own command line: what a person on the machine does behind our back. */
export async function docker(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run('/usr/bin/docker', args, { timeoutMs: 90_000 })
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return stdout.toString('utf8').trim()
}

/** Containers of an installation, running or not. */
export async function containersOf(installId: string): Promise<ContainerInspectInfo[]> {
  const ids = await idsOf(['ps', '--all', '--no-trunc'], installId)
  if (ids.length === 0) return []
  return JSON.parse(await docker('inspect', '--type', 'container', ...ids)) as ContainerInspectInfo[]
}

export async function networksOf(installId: string): Promise<NetworkInspectInfo[]> {
  const ids = await idsOf(['network', 'ls', '--no-trunc'], installId)
  if (ids.length === 0) return []
  return JSON.parse(await docker('network', 'inspect', ...ids)) as NetworkInspectInfo[]
}

/** Everything with the label of this installation, and nothing else. */
export async function removeInstall(installId: string): Promise<void> {
  await removeAll(['ps', '--all'], ['rm', '--force', '--volumes'], installId)
  await removeAll(['network', 'ls'], ['network', 'rm'], installId)
  await removeAll(['volume', 'ls'], ['volume', 'rm'], installId)
  await removeAll(['image', 'ls'], ['image', 'rm', '--force'], installId)
}

async function removeAll(list: string[], remove: string[], installId: string): Promise<void> {
  const ids = await idsOf(list, installId)
  if (ids.length > 0) await docker(...remove, ...ids)
}

async function idsOf(list: string[], installId: string): Promise<string[]> {
  const text = await docker(...list, '--quiet', '--filter', `label=handcar.install=${installId}`)
  return [...new Set(text.split('\n').filter(Boolean))]
}
