import { statfs } from 'node:fs/promises'
import type { Ctx } from '../ctx.ts'
import { type Failure, failure } from '../deployment/failure.ts'

const gigabyte = 1024 ** 3
/** Builds stop below 5 % of a disk, but at least 1 GB and at most 5 GB: apps and the database need the rest. */
const share = 0.05
const floor = { least: gigabyte, most: 5 * gigabyte } as const

/** A failure when the disk of the images or of our own data is below the floor. Running apps are not touched. */
export async function checkDisk(ctx: Ctx): Promise<Failure | undefined> {
  const { diskFreeBytes, diskTotalBytes } = await ctx.engine.version()
  const own = await statfs(ctx.config.dataDirectory)
  const disks = [
    { free: diskFreeBytes, total: diskTotalBytes },
    { free: own.bavail * own.bsize, total: own.blocks * own.bsize },
  ]
  const full = disks.find(({ free, total }) => free < floorOf(total))
  if (!full) return undefined
  const why = `Only ${inGigabytes(full.free)} GB are free; builds need ${inGigabytes(floorOf(full.total))} GB.`
  return failure('server.disk_full', why)
}

export function floorOf(totalBytes: number): number {
  return Math.min(floor.most, Math.max(floor.least, totalBytes * share))
}

function inGigabytes(bytes: number): string {
  return (bytes / gigabyte).toFixed(1)
}
