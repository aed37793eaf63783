import { HandcarError } from './errors.ts'

/** Settings of this server, read once at start. The names are pinned in the README's table. */
export interface Config {
  dataDirectory: string
  /** Panel and API, on 127.0.0.1. */
  port: number
  httpPort: number
  httpsPort: number
  traefikApiPort: number
  traefikBinary: string | undefined
  /** Put before the base images of generated Dockerfiles; empty for the official ones. */
  basePrefix: string
  buildTimeoutMs: number
  stopGraceSeconds: number
  /** Docker's socket. */
  dockerSocket: string
  logLevel: string
}

type Environment = Record<string, string | undefined>

/** Reads and checks every setting; the message names the variable and what it takes. */
export function readConfig(environment: Environment = process.env): Config {
  return {
    dataDirectory: environment.HANDCAR_DATA || '/var/lib/handcar',
    port: port(environment, 'HANDCAR_PORT', 4400),
    httpPort: port(environment, 'HANDCAR_HTTP_PORT', 80),
    httpsPort: port(environment, 'HANDCAR_HTTPS_PORT', 443),
    traefikApiPort: port(environment, 'HANDCAR_TRAEFIK_API_PORT', 4401),
    traefikBinary: environment.HANDCAR_TRAEFIK_BIN || undefined,
    basePrefix: environment.HANDCAR_BASE_PREFIX ?? '',
    buildTimeoutMs: whole(environment, 'HANDCAR_BUILD_TIMEOUT', 1800, 1, 86_400) * 1000,
    stopGraceSeconds: whole(environment, 'HANDCAR_STOP_GRACE', 10, 0, 3600),
    dockerSocket: socketPath(environment.DOCKER_HOST),
    logLevel: environment.HANDCAR_LOG_LEVEL || 'info',
  }
}

/** `NO_COLOR` and whether we speak to a person are not settings of the server; the command line asks here. */
export function readEnvironment(name: 'NO_COLOR' | 'HANDCAR_HOOK_FD'): string | undefined {
  return process.env[name]
}

function port(environment: Environment, name: string, fallback: number): number {
  return whole(environment, name, fallback, 1, 65_535)
}

function whole(environment: Environment, name: string, fallback: number, least: number, most: number): number {
  const text = environment[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new HandcarError({
      code: 'config.invalid',
      kind: 'invalid',
      message: `${name} must be a whole number from ${least} to ${most}`,
      hint: `Change ${name} in /etc/handcar/handcar.env or leave it out for ${fallback}`,
    })
  }
  return value
}

function socketPath(host: string | undefined): string {
  if (host?.startsWith('unix://')) return host.slice('unix://'.length)
  return '/var/run/docker.sock'
}
