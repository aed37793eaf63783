import {
  type ClientRequest,
  Agent as HttpAgent,
  get as httpGet,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { get as httpsGet } from 'node:https'
import { reservedHost } from '../../ports/reverse-proxy.ts'
import { markerMiddleware } from './config.ts'

/** Where a running Traefik is reached, always through 127.0.0.1. */
export interface TraefikAddress {
  apiPort: number
  httpPort: number
  httpsPort: number
}

export type EntryPoint = 'web' | 'websecure'

export interface RefusedRouter {
  /** As the API writes it: `http-<id>@file`. */
  name: string
  errors: readonly string[]
}

export interface TraefikClient {
  /** True when the table with this marker is the one loaded. Throws when the API does not answer. */
  hasLoaded(marker: string): Promise<boolean>
  /** Which table an entry point serves; `undefined` when it serves none of ours. Throws when it does not answer. */
  markerOn(entryPoint: EntryPoint): Promise<string | undefined>
  /** Routers that Traefik read but does not serve, or not on all of their entry points. */
  refusedRouters(): Promise<RefusedRouter[]>
}

const requestTimeoutMs = 1000
const maxBodyBytes = 16 * 1024 * 1024

export function traefikClient(address: TraefikAddress): TraefikClient {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 2 })
  const api = (path: string) => fetchText(httpGet, { host: '127.0.0.1', port: address.apiPort, path, agent })
  const refused = async (status: 'disabled' | 'warning') => {
    const answer = await api(`/api/http/routers?status=${status}&per_page=1000`)
    return answer.status === 200 ? readRouters(answer.body) : []
  }
  return {
    async hasLoaded(marker) {
      const { status } = await api(`/api/http/middlewares/${markerMiddleware(marker)}@file`)
      return status === 200
    },
    // A connection of its own each time, as a new visitor has.
    async markerOn(entryPoint) {
      const plain = { host: '127.0.0.1', path: '/', headers: { host: reservedHost }, agent: false as const }
      const answer =
        entryPoint === 'web'
          ? await fetchText(httpGet, { ...plain, port: address.httpPort })
          : await fetchText(httpsGet, { ...plain, ...unverified, port: address.httpsPort })
      return answer.marker
    },
    async refusedRouters() {
      const lists = await Promise.all([refused('disabled'), refused('warning')])
      return lists.flat()
    },
  }
}

/** The stand-in certificate is signed by nobody, and nothing secret goes over this connection. */
const unverified = { servername: reservedHost, rejectUnauthorized: false }

interface Answer {
  status: number
  marker: string | undefined
  body: string
}

type Get = (options: RequestOptions, listener: (response: IncomingMessage) => void) => ClientRequest

function fetchText(get: Get, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const request = get({ ...options, signal }, (response) => {
      readBody(response).then((body) => {
        const marker = response.headers['x-hc-gen']
        resolve({ status: response.statusCode ?? 0, marker: typeof marker === 'string' ? marker : undefined, body })
      }, reject)
    })
    request.once('error', reject)
  })
}

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    const bytes = part as Buffer
    size += bytes.length
    if (size > maxBodyBytes) throw new Error(`Traefik answered more than ${maxBodyBytes} bytes`)
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function readRouters(body: string): RefusedRouter[] {
  const list: unknown = JSON.parse(body)
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || typeof entry.name !== 'string') return []
    const errors = 'error' in entry && Array.isArray(entry.error) ? entry.error.map(String) : []
    return [{ name: entry.name, errors }]
  })
}
