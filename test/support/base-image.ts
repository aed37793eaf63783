import { existsSync } from 'node:fs'
import {
  ensureCaddyBase as caddy,
  ensureStaticBase,
  ensureNodeBase as node,
} from '../../src/adapters/docker/base-images.ts'

/** Local base images for tests that build; the generated Dockerfiles find them with this prefix. */
export const basePrefix = 'handcar-base/'

const packageFolder = new URL(
  `../../node_modules/node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`,
  import.meta.url,
).pathname

/** `handcar-base/node:<major>-slim`; Node 26 is taken from our own node_modules where it is installed. */
export function ensureNodeBase(major = 26): Promise<string> {
  const isInstalled = major === 26 && existsSync(packageFolder)
  return node(isInstalled ? { nodeDirectory: packageFolder } : {}, major)
}

/** `handcar-base/caddy:2-alpine`. */
export function ensureCaddyBase(): Promise<string> {
  return caddy()
}

/** `handcar-base/busybox:1`. */
export { ensureStaticBase }
