import { HandcarError } from '../kernel/errors.ts'

/**
 * What leads requests to replicas. It goes on for ever without Handcar.
 * One call carries the whole table: there is no partial update that a crash could leave half done.
 */
export interface ReverseProxy {
  /**
   * Writes the table and resolves when the proxy serves it on every entry point.
   * Throws `timeout` when it is not confirmed in time (the file then holds the new table all the same),
   * `invalid` when the table breaks a rule (`checkRouteTable`); nothing is written then,
   * `unavailable` when the proxy took the table but refuses one of its routes.
   * Calls are carried out one after the other.
   */
  publish(table: RouteTable): Promise<void>
  /** True when the file on disk is exactly this table and the proxy serves its generation. */
  serves(table: RouteTable): Promise<boolean>
}

export interface RouteTable {
  /** Counts up with every change. */
  generation: number
  panel: PanelRoute
  services: ServiceRoute[]
}

export interface PanelRoute {
  /** Panel listens here on loopback. */
  port: number
  /** Own host name of the panel, if one is set. */
  host: string | undefined
  /** Answer every unknown host with the panel: until its own name has answered once. */
  catchAll: boolean
}

export interface ServiceRoute {
  /** Stable over deployments. */
  instanceId: string
  /** Lower-case host names; no two services may share one. */
  hosts: string[]
  /** Only replicas seen healthy. Empty: the address answers 503. */
  targets: RouteTarget[]
}

export interface RouteTarget {
  address: string
  port: number
}

/** The proxy answers for this name itself, to say which table it serves; no route may take it. */
export const reservedHost = 'handcar.invalid'

/**
 * Throws `invalid` when a table breaks a rule. Every adapter asks this before it touches anything,
 * so that no value written by a person reaches the proxy unless it matched a closed grammar.
 */
export function checkRouteTable(table: RouteTable): void {
  if (!Number.isSafeInteger(table.generation) || table.generation < 0) {
    throw refusal('invalid_generation', `the generation ${table.generation} is not a whole number from 0`)
  }
  checkPort(table.panel.port)
  const hosts = new Set<string>()
  const instanceIds = new Set<string>()
  if (table.panel.host !== undefined) takeHost(hosts, table.panel.host)
  for (const service of table.services) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(service.instanceId)) {
      throw refusal('invalid_service', `${quoted(service.instanceId)} is not the id of a service`)
    }
    if (instanceIds.has(service.instanceId)) {
      throw refusal('duplicate_service', `the service ${service.instanceId} is in the table twice`)
    }
    instanceIds.add(service.instanceId)
    for (const host of service.hosts) takeHost(hosts, host)
    for (const target of service.targets) checkTarget(target)
  }
}

/**
 * A host name that a route may carry: lower-case letters, digits and inner hyphens in labels of 1 to 63,
 * at most 253 characters, the last label not a number (so no address), no trailing dot, no wildcard.
 * International names come in their `xn--` form.
 */
export function isRoutableHost(host: string): boolean {
  if (host.length > 253 || host === reservedHost) return false
  const labels = host.split('.')
  return labels.every(isLabel) && !/^[0-9]+$/.test(labels.at(-1) ?? '')
}

function isLabel(label: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)
}

function takeHost(taken: Set<string>, host: string): void {
  if (!isRoutableHost(host)) {
    throw refusal(
      'invalid_host',
      `${quoted(host)} is not a host name that can be routed`,
      'Use lower-case letters, digits and hyphens, like app.example.com',
    )
  }
  if (taken.has(host)) {
    throw refusal('duplicate_host', `${host} is routed twice`, 'Remove the host from one of the two')
  }
  taken.add(host)
}

/** 1.0.0.0 to 223.255.255.255: what can be one machine's own address. */
function checkTarget(target: RouteTarget): void {
  const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
  const first = '(22[0-3]|2[01][0-9]|1[0-9]{2}|[1-9][0-9]?)'
  if (!new RegExp(`^${first}(\\.${octet}){3}$`).test(target.address)) {
    throw refusal('invalid_address', `${quoted(target.address)} is not an IPv4 address of a replica`)
  }
  checkPort(target.port)
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw refusal('invalid_port', `${port} is not a port; ports go from 1 to 65535`)
  }
}

function refusal(code: string, message: string, hint?: string): HandcarError {
  return new HandcarError({ code: `route.${code}`, kind: 'invalid', message, hint })
}

function quoted(text: string): string {
  const shown = JSON.stringify(text.toWellFormed())
  return shown.length <= 80 ? shown : `${shown.slice(0, 80)}…"`
}
