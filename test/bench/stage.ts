import { join } from 'node:path'
import { type ByHand, openByHand } from './by-hand.ts'
import type { Ending } from './ending.ts'
import { type Installation, type ServiceStatus, startInstallation } from './installation.ts'
import { becomeOwner, type Owner } from './owner.ts'
import { startPush } from './push.ts'
import { createWorkTree, type WorkTree } from './sample-app.ts'

/** What every group of measures begins with. */
export interface Stage {
  executable: string
  directory: string
  baseImage: string
  ending: Ending
  tell(text: string): void
}

/** A Handcar with one service that is live, and a person's clone of it. */
export interface LiveApp {
  installation: Installation
  tree: WorkTree
  remote: string
  owner: Owner
  service: ServiceStatus
  /** Version that serves. */
  version: string
}

export async function startLiveApp(stage: Stage, name: string): Promise<LiveApp> {
  const directory = join(stage.directory, name)
  const installation = await startInstallation(stage.executable, directory, stage.ending)
  // As everybody's server is; the address of an unclaimed one is still a guess that costs a look at every request.
  const owner = await becomeOwner(installation)
  const tree = await createWorkTree(join(directory, 'app'), stage.baseImage)
  const remote = installation.remote('bench', 'web')
  const version = `${name}-first`
  await tree.change(version)
  await startPush(tree.path, remote).exited
  const [service] = await installation.status()
  if (!service) throw new Error('the first push made no service')
  await installation.untilCalm(1)
  return { installation, tree, remote, owner, service, version }
}

export function openFloor(stage: Stage, name: string): Promise<ByHand> {
  return openByHand(join(stage.directory, name), stage.baseImage, stage.ending)
}

/** Ours and the floor one after the other, the first alternating, so that neither always meets the warmer machine. */
export async function inPairs(
  count: number,
  ours: (at: number) => Promise<void>,
  floor: (at: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < count; at++) {
    for (const one of at % 2 === 0 ? [ours, floor] : [floor, ours]) await one(at)
  }
}

/** Rounds of each side whose figures are thrown away. */
export const warmUpRounds = 2
