import { readFile } from 'node:fs/promises'
import type { Listener } from '../../ports/container-engine.ts'

/**
 * Reads of Linux' socket tables. Addresses in them are hexadecimal words in the order of the machine, which is little
 * endian on every architecture Handcar runs on. Reading is asynchronous: the tables of a busy host have many rows.
 */

const established = '01'
const listening = '0A'
/** Docker's name server listens in every container. */
const dockerNameServer = '127.0.0.11'

/** Established connections from this machine to an IPv4 address and port. */
export async function connectionsTo(address: string, port: number): Promise<number> {
  const [four, six] = await Promise.all([readTable('/proc/net/tcp'), readTable('/proc/net/tcp6')])
  return countConnections(four, six, address, port)
}

export function countConnections(four: string, six: string, address: string, port: number): number {
  const host = hexAddress(address)
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')} ${established} `
  return occurrences(four, ` ${host}${end}`) + occurrences(six, ` 0000000000000000FFFF0000${host}${end}`)
}

/** What the processes in the network of process `pid` listen on; empty when it is gone. */
export async function listenersOf(pid: number): Promise<Listener[]> {
  const tables = await Promise.all([readTable(`/proc/${pid}/net/tcp`), readTable(`/proc/${pid}/net/tcp6`)])
  return parseListeners(tables.join('\n'))
}

export function parseListeners(table: string): Listener[] {
  const found = new Map<string, Listener>()
  for (const row of table.split('\n')) {
    const [, local = '', , state] = row.trim().split(/\s+/)
    if (state !== listening) continue
    const [host = '', port = ''] = local.split(':')
    const address = readHexAddress(host)
    if (address === dockerNameServer) continue
    found.set(local, { address, port: Number.parseInt(port, 16), loopback: isLoopback(address) })
  }
  return [...found.values()]
}

/** IPv4 networks that this machine routes, without the default route. */
export async function routedSubnets(): Promise<string[]> {
  return parseRoutes(await readTable('/proc/net/route'))
}

export function parseRoutes(table: string): string[] {
  const subnets = new Set<string>()
  for (const row of table.split('\n').slice(1)) {
    const [, destination = '', , , , , , mask = ''] = row.trim().split(/\s+/)
    if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask)) continue
    const length = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length
    if (length > 0) subnets.add(`${readHexAddress(destination)}/${length}`)
  }
  return [...subnets]
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    // No IPv6, or the process has just ended.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}

function occurrences(text: string, needle: string): number {
  let count = 0
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) count += 1
  return count
}

function hexAddress(address: string): string {
  const bytes = address.split('.').map(Number).reverse()
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

function readHexAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()])
  const isMapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?:$|:)/, '::')
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
