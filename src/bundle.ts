import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { getAssetKeys, getRawAsset, isSea } from 'node:sea'
import { HandcarError } from './kernel/errors.ts'

const publicPrefix = 'public/'
const addonAsset = 'better-sqlite3.node'

/** Name of this version, set by the build; the word says that nothing was built. */
export const version: string = typeof HANDCAR_VERSION === 'string' ? HANDCAR_VERSION : 'development'

declare const HANDCAR_VERSION: string | undefined

/** What browsers are given, by file name, with `manifest.json` among them: from the executable or `dist/public`. */
export function publicFiles(): Map<string, Uint8Array> {
  const names = assetNames().filter((name) => name.startsWith(publicPrefix))
  if (names.length === 0) throw notBuilt('its public files')
  return new Map(names.map((name) => [name.slice(publicPrefix.length), readAsset(name)]))
}

/**
 * The database's native part. In the executable it must become a file before it can be loaded: it goes into the data
 * directory under the hash of its content (a temporary directory may forbid to run what lies in it).
 * Undefined when nothing was built: then it is loaded from node_modules.
 */
export function sqliteAddon(dataDirectory: string): object | undefined {
  if (!isSea()) {
    const beside = join(bundleDirectory(), addonAsset)
    return existsSync(beside) ? loadAddon(beside) : undefined
  }
  const bytes = readAsset(addonAsset)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const folder = join(dataDirectory, 'lib')
  const file = join(folder, `better-sqlite3-${hash}.node`)
  if (!hasBytes(file, bytes)) writeAddon(folder, file, bytes)
  return loadAddon(file)
}

function writeAddon(folder: string, file: string, bytes: Uint8Array): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stage = join(folder, `.stage-${process.pid}`)
  writeFileSync(stage, bytes, { mode: 0o600 })
  chmodSync(stage, 0o600)
  renameSync(stage, file)
  // Those of older versions; one that is in use stays open.
  for (const name of readdirSync(folder)) {
    if (/^better-sqlite3-\w+\.node$/.test(name) && name !== basename(file)) rmSync(join(folder, name), { force: true })
  }
}

function hasBytes(file: string, bytes: Uint8Array): boolean {
  return existsSync(file) && Buffer.compare(readFileSync(file), bytes) === 0
}

function loadAddon(file: string): object {
  const loaded: unknown = createRequire(file)(file)
  if (typeof loaded !== 'object' || loaded === null) throw notBuilt(file)
  return loaded
}

/** In the executable a view of its own bytes, which nobody may write to. */
function readAsset(name: string): Uint8Array {
  return isSea() ? new Uint8Array(getRawAsset(name)) : readFileSync(join(bundleDirectory(), name))
}

function assetNames(): string[] {
  if (isSea()) return getAssetKeys()
  const folder = join(bundleDirectory(), publicPrefix)
  return existsSync(folder) ? readdirSync(folder).map((name) => publicPrefix + name) : []
}

/** `dist`: where the bundle lies, also when this runs from its source. */
function bundleDirectory(): string {
  const here = import.meta.dirname
  return basename(here) === 'src' ? join(here, '../dist') : here
}

function notBuilt(name: string): HandcarError {
  return new HandcarError({
    code: 'bundle.incomplete',
    kind: 'unavailable',
    message: `This Handcar was built without ${name}`,
    hint: 'Build it again with npm run build',
  })
}
