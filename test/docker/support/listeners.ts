import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `address:port` on which a process or one of its children listens, sorted. */
export function listenersOf(pid: number): string[] {
  const inodes = new Set([pid, ...childrenOf(pid)].flatMap(socketsOf))
  const rows = ['tcp', 'tcp6'].flatMap((file) => rowsOf(readFileSync(`/proc/${pid}/net/${file}`, 'utf8')))
  return rows
    .filter((row) => row.isListening && inodes.has(row.inode))
    .map((row) => `${row.address}:${row.port}`)
    .sort()
}

function rowsOf(table: string) {
  return table
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      return { address: readable(address), port: Number.parseInt(port, 16), isListening: state === '0A', inode }
    })
}

/** The kernel writes words of four bytes in its own order. */
function readable(hex: string): string {
  if (/^0+$/.test(hex)) return '*'
  if (hex.length > 8) return hex
  return Buffer.from(hex, 'hex').reverse().join('.')
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1]
    return inode === undefined ? [] : [inode]
  })
}

/** Empty when it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

export function childrenOf(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return own.flatMap((child) => [child, ...childrenOf(child)])
}
