import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Installation, startInstallation } from './installation.ts'
import { type Measure, measure } from './measure.ts'
import { becomeOwner } from './owner.ts'
import { memoryOf, processorSeconds } from './processes.ts'
import { startPush } from './push.ts'
import { createWorkTree } from './sample-app.ts'
import type { Stage } from './stage.ts'
import { median, rounded } from './statistics.ts'

const services = 10
/** After the last deploy: drains end, memory of the deploys is given back. */
const restMs = 20_000
const lookEveryMs = 5_000

/**
 * Ten live services, nobody looks. First a window with the server, then one of the same length with the server stopped
 * while Traefik and the apps go on: what Docker's daemon does anyway is no cost of ours.
 */
export async function measureIdle(stage: Stage, seconds: number): Promise<Measure[]> {
  const installation = await deployAll(stage)
  stage.tell(`${services} services are live; resting, then ${seconds} s with the server and ${seconds} s without`)
  await wait(restMs)
  const docker = dockerPid()
  const on = await watch({ server: installation.serverPid(), traefik: installation.traefikPid, docker }, seconds)
  await installation.stopServer()
  await wait(2_000)
  const off = await watch({ docker }, seconds)
  return figuresOf(on, off)
}

async function deployAll(stage: Stage): Promise<Installation> {
  const directory = join(stage.directory, 'idle')
  const installation = await startInstallation(stage.executable, directory, stage.ending)
  await becomeOwner(installation)
  const tree = await createWorkTree(join(directory, 'app'), stage.baseImage)
  await tree.change('idle')
  for (let at = 1; at <= services; at++) {
    await startPush(tree.path, installation.remote('bench', `app-${at}`)).exited
  }
  const live = (await installation.status()).filter((service) => service.live !== null)
  if (live.length !== services) throw new Error(`only ${live.length} of ${services} services are live`)
  await installation.untilCalm(services)
  return installation
}

/** One look at a process: memory now, processor time since the look before. */
interface Look {
  residentMb: number
  anonymousMb: number
  processorPercent: number
}

async function watch<Name extends string>(pids: Record<Name, number>, seconds: number): Promise<Record<Name, Look[]>> {
  const names = Object.keys(pids) as Name[]
  const looks = Object.fromEntries(names.map((name) => [name, [] as Look[]])) as Record<Name, Look[]>
  const began = performance.now()
  const count = Math.max(1, Math.round((seconds * 1000) / lookEveryMs))
  let since = began
  let spent = new Map(names.map((name) => [name, processorSeconds(pids[name])]))
  for (let look = 1; look <= count; look++) {
    await wait(Math.max(0, began + (look * seconds * 1000) / count - performance.now()))
    const now = performance.now()
    const used = new Map(names.map((name) => [name, processorSeconds(pids[name])]))
    for (const name of names) {
      const { residentBytes, anonymousBytes } = memoryOf(pids[name])
      looks[name].push({
        residentMb: residentBytes / 1024 ** 2,
        anonymousMb: anonymousBytes / 1024 ** 2,
        processorPercent: (((used.get(name) ?? 0) - (spent.get(name) ?? 0)) * 100_000) / (now - since),
      })
    }
    ;[since, spent] = [now, used]
  }
  return looks
}

function figuresOf(on: Record<'server' | 'traefik' | 'docker', Look[]>, off: Record<'docker', Look[]>): Measure[] {
  const cpu = (looks: readonly Look[]) => looks.map(({ processorPercent }) => processorPercent)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const both = on.server.map(({ processorPercent }, at) => processorPercent + (on.docker[at]?.processorPercent ?? 0))
  const parts = {
    server: rounded(mean(cpu(on.server)), 3),
    docker: rounded(mean(cpu(on.docker)), 3),
    dockerWithoutServer: rounded(mean(cpu(off.docker)), 3),
  }
  const memory = (name: string, unit: string, goal: string, samples: number[]) =>
    measure({ name, value: median(samples), unit, goal, samples })
  const share = (name: string, value: number, samples: number[], floorSamples: number[], detail?: object) =>
    measure({ name, value, unit: '% of a core', goal: '', samples, floorSamples, detail: { ...detail } })
  return [
    memory(
      'idle_rss_mb',
      'MB',
      '',
      on.server.map(({ residentMb }) => residentMb),
    ),
    memory(
      'idle_anon_mb',
      'MB',
      '<= 100',
      on.server.map(({ anonymousMb }) => anonymousMb),
    ),
    share('idle_cpu_percent', mean(both) - mean(cpu(off.docker)), both, cpu(off.docker), parts),
    memory(
      'traefik_idle_rss_mb',
      'MB',
      '',
      on.traefik.map(({ residentMb }) => residentMb),
    ),
    memory(
      'traefik_idle_anon_mb',
      'MB',
      '',
      on.traefik.map(({ anonymousMb }) => anonymousMb),
    ),
    share('traefik_idle_cpu_percent', mean(cpu(on.traefik)), cpu(on.traefik), []),
  ]
}

/** The daemon behind the usual socket: the one of its own pid file, else the only one there is. */
function dockerPid(): number {
  const isDaemon = (pid: number) => nameOf(pid) === 'dockerd'
  const all = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isDaemon(pid))
  const [first] = all
  if (all.length === 1 && first !== undefined) return first
  const named = Number(readFileSync('/var/run/docker.pid', 'utf8'))
  if (!isDaemon(named)) throw new Error(`there are ${all.length} dockerd, and /var/run/docker.pid names none of them`)
  return named
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch (error) {
    // A process that ended meanwhile.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}
