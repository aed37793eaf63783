import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { connectDocker } from '../../src/adapters/docker/connect.ts'
import { run } from '../../src/kernel/process.ts'

/** What the figures were taken on. */
export interface Machine {
  processors: number
  model: string
  memoryMb: number
  kernel: string
  distribution: string
  docker: string
  storageDriver: string
  cgroup: string
  git: string
  node: string
  /** Load average over one minute around each group of measures: how busy the machine was with other things. */
  load: Array<{ group: string; before: number; after: number }>
}

export async function describeMachine(): Promise<Machine> {
  const connection = connectDocker()
  const said = await connection.call((docker) => docker.info() as Promise<Record<string, unknown>>)
  const git = await run('git', ['--version'])
  return {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? '',
    memoryMb: Math.round(totalmem() / 1024 ** 2),
    kernel: release(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '',
    docker: String(said.ServerVersion),
    storageDriver: String(said.Driver),
    cgroup: `${String(said.CgroupDriver)} v${String(said.CgroupVersion)}`,
    git: git.stdout.toString('utf8').trim().replace('git version ', ''),
    node: process.version,
    load: [],
  }
}

export function loadNow(): number {
  return loadavg()[0] ?? 0
}

/** The commit of this checkout; `+` says that it has changes that are not committed. */
export async function commitOf(root: string): Promise<string> {
  const head = await run('git', ['-C', root, 'rev-parse', 'HEAD'])
  if (head.exitCode !== 0) return 'unknown'
  const changes = await run('git', ['-C', root, 'status', '--porcelain', '--untracked-files=no'])
  return head.stdout.toString('utf8').trim() + (changes.stdout.length > 0 ? '+' : '')
}
