import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText } from '../../kernel/errors.ts'
import type { DockerConnection } from './connect.ts'
import { textProperty } from './json-lines.ts'

const periodMicroseconds = 100_000

export interface BuildLimits {
  memoryBytes: number
  cpuMillis: number
}

/**
 * BuildKit takes no limits by the API, but every step of a build runs in a control group below `docker/buildkit`:
 * what is written on that one holds for all builds together.
 */
export class BuildLimiter {
  private readonly connection: DockerConnection
  private groups: Promise<{ driver: string; version: string }> | undefined

  constructor(connection: DockerConnection) {
    this.connection = connection
  }

  /** Gives the reason when it cannot be done. */
  async apply(limits: BuildLimits): Promise<string | undefined> {
    const { driver, version } = await this.describe()
    // With systemd each step gets a scope of its own right below a slice shared with everything else.
    if (driver !== 'cgroupfs') return `Docker uses the cgroup driver ${driver || 'none'}`
    try {
      const mounts = await readFile('/proc/mounts', 'utf8')
      await (version === '2' ? limitUnified(mounts, limits) : limitLegacy(mounts, limits))
      return undefined
    } catch (error) {
      return errorText(error)
    }
  }

  private async describe() {
    this.groups ??= this.connection
      .call((docker) => docker.info())
      .then((said: unknown) => ({
        driver: textProperty(said, 'CgroupDriver'),
        version: textProperty(said, 'CgroupVersion'),
      }))
    try {
      return await this.groups
    } catch (error) {
      this.groups = undefined
      throw error
    }
  }
}

async function limitUnified(mounts: string, limits: BuildLimits): Promise<void> {
  const root = mountOf(mounts, 'cgroup2')
  const folder = join(root, 'docker/buildkit')
  await mkdir(folder, { recursive: true })
  for (const parent of [root, join(root, 'docker')]) {
    await writeFile(join(parent, 'cgroup.subtree_control'), '+memory +cpu')
  }
  await writeFile(join(folder, 'memory.max'), String(limits.memoryBytes))
  await writeFile(join(folder, 'memory.swap.max'), '0')
  await writeFile(join(folder, 'cpu.max'), `${quotaOf(limits)} ${periodMicroseconds}`)
}

async function limitLegacy(mounts: string, limits: BuildLimits): Promise<void> {
  const memory = join(mountOf(mounts, 'cgroup', 'memory'), 'docker/buildkit')
  const cpu = join(mountOf(mounts, 'cgroup', 'cpu'), 'docker/buildkit')
  await mkdir(memory, { recursive: true })
  await mkdir(cpu, { recursive: true })
  const limitFile = join(memory, 'memory.limit_in_bytes')
  const swapFile = join(memory, 'memory.memsw.limit_in_bytes')
  // The limit with swap may never be below the one without: whichever grows goes first.
  const grows = Number(await readFile(limitFile, 'utf8')) < limits.memoryBytes
  for (const file of grows ? [swapFile, limitFile] : [limitFile, swapFile]) {
    await writeFile(file, String(limits.memoryBytes)).catch((error: NodeJS.ErrnoException) => {
      // A kernel that does not count swap has no such file.
      if (file !== swapFile || error.code !== 'ENOENT') throw error
    })
  }
  await writeFile(join(cpu, 'cpu.cfs_period_us'), String(periodMicroseconds))
  await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quotaOf(limits)))
}

function quotaOf({ cpuMillis }: BuildLimits): number {
  return Math.max(1000, Math.round((cpuMillis * periodMicroseconds) / 1000))
}

function mountOf(mounts: string, type: string, controller?: string): string {
  for (const line of mounts.split('\n')) {
    const [, folder, fileSystem, options = ''] = line.split(' ')
    if (folder === undefined || fileSystem !== type) continue
    if (controller === undefined || options.split(',').includes(controller)) return folder
  }
  throw new Error(`no control group file system is mounted for ${controller ?? 'the unified hierarchy'}`)
}
