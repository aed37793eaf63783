import { HandcarError } from '../../kernel/errors.ts'
import { checkRouteTable, type ReverseProxy, type RouteTable, type RouteTarget } from '../../ports/reverse-proxy.ts'

/** What a request gets: a replica, the panel, or the proxy's own 404 and 503. */
export type MemoryAnswer =
  | { status: 200; from: 'service'; instanceId: string; targets: readonly RouteTarget[] }
  | { status: 200; from: 'panel' }
  | { status: 503; from: 'service'; instanceId: string; targets: readonly [] }
  | { status: 404; from: 'nobody' }

/** What tests do to the memory proxy that in real life crashes and people do. */
export interface MemoryProxyControl {
  /** What a visitor of this host gets now. */
  request(host: string, entryPoint?: 'web' | 'websecure'): MemoryAnswer
  /** Tables are written but not served, and `publish` throws `timeout`; once it ends, what is on disk is served. */
  stopConfirming(stopped: boolean): void
  /** The proxy's process is gone or back. Back, it serves what is on disk. */
  away(isAway: boolean): void
  /** Somebody deletes the file: every route is gone until the next `publish`. */
  loseFile(): void
  /** Somebody spoils the file: routes stay, but it is not this table's file any more. */
  spoilFile(): void
  /** Runs before each `publish`: throw to fail it, wait to delay it. */
  onPublish(listener: (table: RouteTable) => void | Promise<void>): void
  /** Tables written, oldest first. */
  readonly history: readonly RouteTable[]
  readonly served: RouteTable | undefined
}

/** The reverse proxy as a variable: confirms at once. */
export function memoryReverseProxy(): ReverseProxy & { control: MemoryProxyControl } {
  const proxy = new MemoryProxy()
  return Object.assign(proxy, { control: controlOf(proxy) })
}

class MemoryProxy implements ReverseProxy {
  readonly history: RouteTable[] = []
  onDisk: RouteTable | undefined
  served: RouteTable | undefined
  isConfirming = true
  isAway = false
  listener: (table: RouteTable) => void | Promise<void> = () => undefined
  private last: Promise<unknown> = Promise.resolve()

  publish(table: RouteTable): Promise<void> {
    const turn = this.last.then(() => this.write(table))
    this.last = turn.catch(() => undefined)
    return turn
  }

  async serves(table: RouteTable): Promise<boolean> {
    checkRouteTable(table)
    return !this.isAway && isSame(this.onDisk, table) && isSame(this.served, table)
  }

  private async write(table: RouteTable): Promise<void> {
    checkRouteTable(table)
    await this.listener(table)
    const copy = structuredClone(table)
    this.history.push(copy)
    this.onDisk = copy
    if (this.isAway || !this.isConfirming) throw notConfirmed(table.generation)
    this.served = copy
  }
}

function controlOf(proxy: MemoryProxy): MemoryProxyControl {
  return {
    history: proxy.history,
    get served() {
      return proxy.served
    },
    request(host, entryPoint = 'web') {
      if (proxy.isAway) throw new HandcarError({ code: 'proxy.away', kind: 'unavailable', message: 'no proxy listens' })
      return answer(proxy.served, host.toLowerCase(), entryPoint)
    },
    stopConfirming(stopped) {
      proxy.isConfirming = !stopped
      if (!stopped) proxy.served = proxy.onDisk
    },
    away(isAway) {
      proxy.isAway = isAway
      if (!isAway) proxy.served = proxy.onDisk
    },
    loseFile() {
      proxy.onDisk = undefined
      proxy.served = undefined
    },
    spoilFile() {
      proxy.onDisk = undefined
    },
    onPublish(listener) {
      proxy.listener = listener
    },
  }
}

function answer(table: RouteTable | undefined, host: string, entryPoint: string): MemoryAnswer {
  const service = table?.services.find((candidate) => candidate.hosts.includes(host))
  if (service?.targets.length === 0) {
    return { status: 503, from: 'service', instanceId: service.instanceId, targets: [] }
  }
  if (service) return { status: 200, from: 'service', instanceId: service.instanceId, targets: service.targets }
  if (table?.panel.host === host) return { status: 200, from: 'panel' }
  if (table?.panel.catchAll && entryPoint === 'web') return { status: 200, from: 'panel' }
  return { status: 404, from: 'nobody' }
}

function notConfirmed(generation: number): HandcarError {
  return new HandcarError({
    code: 'proxy.not_confirmed',
    kind: 'timeout',
    message: `The proxy did not confirm the routes of generation ${generation}`,
  })
}

function isSame(one: RouteTable | undefined, other: RouteTable): boolean {
  return one !== undefined && canonical(one) === canonical(other)
}

/** Order of services, hosts and targets means nothing. */
function canonical(table: RouteTable): string {
  const services = table.services.map((service) =>
    JSON.stringify([service.instanceId, [...service.hosts].sort(), service.targets.map(targetText).sort()]),
  )
  return JSON.stringify([table.generation, table.panel.port, table.panel.host, table.panel.catchAll, services.sort()])
}

function targetText(target: RouteTarget): string {
  return `${target.address}:${target.port}`
}
