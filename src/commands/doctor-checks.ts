import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ctx } from '../core/ctx.ts'
import type { Config } from '../kernel/config.ts'
import { run } from '../kernel/process.ts'
import { type Service, waysToRestart } from './services.ts'

/** A line of `doctor --json`. */
export interface CheckResult {
  name: string
  ok: boolean
  message: string
  /** What to do, when something is wrong. */
  fix?: string
}

export interface Check {
  name: string
  /** Throws, or answers, when the thing is not well. */
  look(ctx: Ctx): Promise<Omit<CheckResult, 'name'>>
  /** What to do after `look` has thrown. */
  fix(ctx: Ctx): string
}

const oldestGit = [2, 29] as const
const leastFreeBytes = 2 * 1024 ** 3
const answerWithinMs = 5000

export const checks: Check[] = [
  {
    name: 'data directory',
    look: async ({ config }) => onlyOurs(config.dataDirectory, 0o700),
    fix: ({ config }) => `Put the data directory back at ${config.dataDirectory}, or correct HANDCAR_DATA`,
  },
  {
    name: 'master key',
    look: async ({ config }) => onlyOurs(join(config.dataDirectory, 'keys/master'), 0o600),
    fix: ({ config }) => `Put ${config.dataDirectory}/keys/master back from your backup; without it no variable opens`,
  },
  {
    name: 'disk',
    look: async ({ config }) => enoughSpace(config.dataDirectory),
    fix: () => 'Free some space on the disk',
  },
  {
    name: 'git',
    look: gitIsNewEnough,
    fix: () => 'Install git 2.29 or newer: apt-get install git',
  },
  {
    name: 'docker',
    look: async (ctx) => {
      const { version, apiVersion } = await ctx.engine.version()
      return { ok: true, message: `${version}, API ${apiVersion}` }
    },
    fix: () => waysToRestart('docker'),
  },
  {
    name: 'server',
    look: ({ config }) => answers(`http://127.0.0.1:${config.port}/healthz`, 'server', config),
    fix: ({ config }) => waysToRestart('server', config.dataDirectory),
  },
  {
    name: 'traefik',
    look: ({ config }) => answers(`http://127.0.0.1:${config.traefikApiPort}/ping`, 'proxy', config),
    fix: ({ config }) => waysToRestart('proxy', config.dataDirectory),
  },
  {
    name: 'entry point',
    look: ({ config }) => reachable(config.httpPort),
    fix: ({ config }) => `See who listens on port ${config.httpPort}: ss -ltnp`,
  },
]

async function onlyOurs(path: string, mode: number): Promise<Omit<CheckResult, 'name'>> {
  const found = (await stat(path)).mode & 0o777
  if ((found & ~mode) === 0) return { ok: true, message: `${path}, for its owner alone` }
  const fix = `chmod ${mode.toString(8)} ${path}`
  return { ok: false, message: `${path} can be read by others (mode ${found.toString(8)})`, fix }
}

async function enoughSpace(path: string): Promise<Omit<CheckResult, 'name'>> {
  const { bavail, bsize } = await statfs(path)
  const free = bavail * bsize
  const message = `${(free / 1024 ** 3).toFixed(1)} GB free`
  if (free >= leastFreeBytes) return { ok: true, message }
  return { ok: false, message, fix: 'Free some space: at least 2 GB are needed to build and start apps' }
}

async function gitIsNewEnough(): Promise<Omit<CheckResult, 'name'>> {
  const { stdout } = await run('git', ['--version'])
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout.toString('utf8')) ?? []
  const message = `git ${major}.${minor}`
  const isNew = Number(major) > oldestGit[0] || (Number(major) === oldestGit[0] && Number(minor) >= oldestGit[1])
  return isNew ? { ok: true, message } : { ok: false, message, fix: 'Install git 2.29 or newer' }
}

async function answers(url: string, service: Service, config: Config): Promise<Omit<CheckResult, 'name'>> {
  const response = await fetchSoon(url)
  const body = (await response.text()).trim().slice(0, 200)
  if (response.ok) return { ok: true, message: `${url} answers` }
  return {
    ok: false,
    message: `${url} answers ${response.status}: ${body}`,
    fix: waysToRestart(service, config.dataDirectory),
  }
}

/** Any answer will do: it shows that the entry point listens and that a table is loaded or not. */
async function reachable(port: number): Promise<Omit<CheckResult, 'name'>> {
  const response = await fetchSoon(`http://127.0.0.1:${port}/`)
  await response.body?.cancel()
  return { ok: true, message: `port ${port} answers` }
}

function fetchSoon(url: string): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerWithinMs) }).catch((cause: unknown) => {
    throw new Error(`${url} does not answer`, { cause })
  })
}
