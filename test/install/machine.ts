import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ProcessResult, run } from '../../src/kernel/process.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))

export interface Said {
  exitCode: number | undefined
  stdout: string
  stderr: string
  /** Of standard output. */
  lines: string[]
}

/** Runs install.sh of this checkout as a person on the server does, without a terminal. */
export function install(...options: string[]): Promise<Said> {
  return installWith({}, ...options)
}

/** The same, with settings in the environment. */
export async function installWith(settings: Record<string, string>, ...options: string[]): Promise<Said> {
  const environment = { ...ours(), ...settings }
  return said(await run('sh', [`${checkout}/install.sh`, ...options], { environment, timeoutMs: 10 * 60_000 }))
}

/** Runs the installed command line for one data directory. */
export async function handcar(data: string, ...args: string[]): Promise<Said> {
  const environment = { ...ours(), HANDCAR_DATA: data }
  return said(await run('/usr/local/bin/handcar', args, { environment, timeoutMs: 120_000 }))
}

export function said({ exitCode, stdout, stderr }: ProcessResult): Said {
  const text = stdout.toString('utf8')
  return { exitCode, stdout: text, stderr, lines: text.trimEnd().split('\n') }
}

/** What a login shell of root has, and how this machine trusts its package registries. */
function ours(): Record<string, string> {
  const names = ['HOME', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PIP_INDEX_URL', 'npm_config_registry']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, String(process.env[name])]] : [])))
}

/** The one process whose command line matches and that runs for this data directory. */
export function findProcess(data: string, pattern: RegExp): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      const command = procText(pid, 'cmdline').replaceAll('\0', ' ')
      const isOurs = procText(pid, 'environ').split('\0').includes(`HANDCAR_DATA=${data}`)
      return isOurs && pattern.test(command) && isAlive(pid)
    })
}

export function procText(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** Tries until it holds, for a minute at most: longer than anything here takes on a slow machine. */
export async function until<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const value = await look()
    if (value !== undefined) return value
    await wait(200)
  }
  throw new Error(`it never became true: ${look.toString()}`)
}

/** Fetches an address of ours on loopback; names under localhost are not in every resolver. */
export function fetchHere(url: string): Promise<{ status: number; body: string }> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port: port || 80, path: pathname, headers: { host: hostname }, agent: false },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          body += piece
        })
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.once('error', reject)
      },
    )
    request.setTimeout(10_000, () => request.destroy(new Error(`${url} did not answer`)))
    request.once('error', reject)
  })
}

/** A port that nobody listens on, and one that is held until `release`. */
export async function holdPort(): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    release: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  }
}

export async function freePort(): Promise<number> {
  const { port, release } = await holdPort()
  await release()
  return port
}
