import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { assert } from '../../kernel/errors.ts'
import {
  checkRouteTable,
  type RouteTable,
  type RouteTarget,
  reservedHost,
  type ServiceRoute,
} from '../../ports/reverse-proxy.ts'
import { type Text, withoutEmptyMaps, write } from './text.ts'

type Maps = Record<string, Text>

export interface DynamicConfig {
  /** What the file holds, byte for byte. */
  text: string
  /** Value of `X-Hc-Gen` while Traefik serves exactly this text: the generation and a digest of everything else. */
  marker: string
  /** Routers in it, as Traefik's API names them, with the host names each one carries. */
  routers: Map<string, readonly string[]>
}

/** Priorities are always written: Traefik's own are rule lengths, and equal ones swap at random on each reload. */
const priority = { marker: 9000, panel: 2000, service: 1000, catchAll: 1 }
const entryPoints = ['web', 'websecure'] as const

/**
 * The whole routing table as Traefik reads it. The same table gives the same bytes, whatever order its parts come in.
 * Throws `invalid` when the table breaks a rule.
 */
export function dynamicConfig(table: RouteTable, directory: string): DynamicConfig {
  checkRouteTable(table)
  const services = table.services.filter((service) => service.hosts.length > 0).sort(byInstanceId)
  const routers: Maps = { ...panelRouters(table) }
  for (const service of services) Object.assign(routers, serviceRouters(service))
  const http = {
    routers,
    services: {
      'hc-panel': loadBalancer([{ address: '127.0.0.1', port: table.panel.port }]),
      ...Object.fromEntries(services.map((service) => [serviceName(service), loadBalancer(service.targets)])),
    },
    serversTransports: { app: transport },
  }
  const marker = markerOf(table.generation, write({ http, tls: tlsOf(directory) }))
  const config = withoutEmptyMaps({ http: withMarker(http, marker), tls: tlsOf(directory) })
  const text = `${write(config)}\n`
  assert(isDeepStrictEqual(JSON.parse(text), config), 'the proxy file reads back as it was meant')
  return { text, marker, routers: hostsByRouter(table, services) }
}

/** Middleware that carries the marker; its presence in Traefik's API says that the text is loaded. */
export function markerMiddleware(marker: string): string {
  return `hc-gen-${marker}`
}

/**
 * Idle connections are dropped before any app server drops them (a request could meet the closing),
 * and short idle times let a drain end soon. A named transport without `maxIdleConnsPerHost` keeps only two.
 */
const transport = {
  maxIdleConnsPerHost: 200,
  forwardingTimeouts: { idleConnTimeout: '500ms', dialTimeout: '2s' },
}

function loadBalancer(targets: readonly RouteTarget[]): Text {
  const urls = [...new Set(targets.map((target) => `http://${target.address}:${target.port}`))].sort()
  return { loadBalancer: { strategy: 'p2c', serversTransport: 'app', servers: urls.map((url) => ({ url })) } }
}

function panelRouters({ panel }: RouteTable): Maps {
  const service = 'hc-panel'
  const routers: Maps = {}
  if (panel.host !== undefined) {
    for (const entryPoint of entryPoints) {
      const rule = hostRule([panel.host])
      routers[`hc-panel-${entryPoint}`] = router(entryPoint, { rule, priority: priority.panel, service })
    }
  }
  if (panel.catchAll) {
    const rule = 'PathPrefix(`/`)'
    routers['hc-catch-all'] = router('web', { rule, priority: priority.catchAll, service })
  }
  return routers
}

function serviceRouters(service: ServiceRoute): Maps {
  const parts = { rule: hostRule(service.hosts), priority: priority.service, service: serviceName(service) }
  return Object.fromEntries(
    entryPoints.map((entryPoint) => [routerName(service, entryPoint), router(entryPoint, parts)]),
  )
}

function withMarker<Http extends { routers: Maps }>(http: Http, marker: string) {
  const name = markerMiddleware(marker)
  const rule = `${hostRule([reservedHost])} && ClientIP(\`127.0.0.1/32\`)`
  const parts = { rule, priority: priority.marker, service: 'ping@internal', middlewares: [name] }
  const markers = entryPoints.map((entryPoint) => [`hc-ack-${entryPoint}`, router(entryPoint, parts)])
  return {
    ...http,
    routers: { ...Object.fromEntries(markers), ...http.routers },
    middlewares: { [name]: { headers: { customResponseHeaders: { 'X-Hc-Gen': marker } } } },
  }
}

/** `websecure` serves only routers with `tls`; an empty one would be an empty map, so it names its options. */
function router(entryPoint: (typeof entryPoints)[number], parts: Maps): Text {
  return { entryPoints: [entryPoint], ...parts, ...(entryPoint === 'websecure' ? { tls: { options: 'default' } } : {}) }
}

function tlsOf(directory: string): Maps {
  const defaultCertificate = { certFile: join(directory, 'default.crt'), keyFile: join(directory, 'default.key') }
  return { stores: { default: { defaultCertificate } }, options: { default: { minVersion: 'VersionTLS12' } } }
}

function hostRule(hosts: readonly string[]): string {
  return [...hosts]
    .sort()
    .map((host) => `Host(\`${host}\`)`)
    .join(' || ')
}

function markerOf(generation: number, rest: string): string {
  const digest = createHash('sha256').update(rest).digest('hex').slice(0, 12)
  return `${String(generation).padStart(6, '0')}-${digest}`
}

function hostsByRouter(table: RouteTable, services: readonly ServiceRoute[]): Map<string, readonly string[]> {
  const { panel } = table
  const names = new Map<string, readonly string[]>()
  for (const entryPoint of entryPoints) {
    names.set(`hc-ack-${entryPoint}@file`, [reservedHost])
    if (panel.host !== undefined) names.set(`hc-panel-${entryPoint}@file`, [panel.host])
    for (const service of services) names.set(`${routerName(service, entryPoint)}@file`, service.hosts)
  }
  if (panel.catchAll) names.set('hc-catch-all@file', [])
  return names
}

/** The first part differs per kind, so that no id of a service can make two names meet. */
function routerName(service: ServiceRoute, entryPoint: string): string {
  return `${entryPoint === 'web' ? 'http' : 'https'}-${service.instanceId}`
}

function serviceName(service: ServiceRoute): string {
  return `svc-${service.instanceId}`
}

function byInstanceId(one: ServiceRoute, other: ServiceRoute): number {
  return one.instanceId < other.instanceId ? -1 : 1
}
