import { readFile } from 'node:fs/promises'

const wanted = 65_535
const pidFiles = ['/run/docker.pid', '/var/run/docker.pid']
/** Bit of CAP_SYS_RESOURCE: without it a process cannot give its children more than it has itself. */
const mayRaiseLimits = 1n << 24n

/** How many files a replica may open: as many as we want, or as many as the daemon itself is allowed to grant. */
export async function openFilesLimit(): Promise<number> {
  const pid = await firstText(pidFiles)
  const folder = `/proc/${pid?.trim() || 'self'}`
  const [status, limits] = await Promise.all([firstText([`${folder}/status`]), firstText([`${folder}/limits`])])
  return limitOf(status ?? '', limits ?? '')
}

/** From the texts of `/proc/<pid>/status` and `/proc/<pid>/limits`. */
export function limitOf(status: string, limits: string): number {
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1]
  const isFree = capabilities === undefined || (BigInt(`0x${capabilities}`) & mayRaiseLimits) !== 0n
  return isFree || hard === undefined ? wanted : Math.min(wanted, Number(hard))
}

async function firstText(paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ESRCH') return undefined
      throw error
    })
    if (text !== undefined) return text
  }
  return undefined
}
