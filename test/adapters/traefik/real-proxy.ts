import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { traefikReverseProxy } from '../../../src/adapters/traefik/reverse-proxy.ts'
import type { ProxyPorts } from '../../../src/adapters/traefik/static-config.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import type { ProxySubject } from '../../contracts/reverse-proxy.ts'
import { freeProxyPorts, type RunningTraefik, startTraefik } from '../../support/traefik.ts'

export interface RealProxy extends ProxySubject {
  directory: string
  table: string
  ports: ProxyPorts
  traefik: RunningTraefik
  /** Starts Traefik anew on the same directory and ports. */
  restart(): Promise<void>
  /** The whole answer, for what `visit` does not say. */
  get(host: string, options?: GetOptions): Promise<{ response: IncomingMessage; body: string }>
}

export interface GetOptions {
  entryPoint?: 'web' | 'websecure' | 'api'
  path?: string
  headers?: Record<string, string>
}

/** A real Traefik in a fresh directory, with a panel and two replicas that answer with their names. */
export async function openRealProxy(options: { folder?: string; clock?: Clock } = {}): Promise<RealProxy> {
  const root = await mkdtemp(join(tmpdir(), 'handcar-traefik-'))
  const directory = join(root, options.folder ?? 'traefik')
  const [panel, blue, green] = await Promise.all([listen('panel'), listen('blue'), listen('green')])
  const ports = await freeProxyPorts()
  const panelPort = portOf(panel)
  const start = () => startTraefik({ directory, ports, panelPort })
  const file = join(directory, 'dynamic', 'handcar.yml')
  const get: RealProxy['get'] = (host, request = {}) => visit(ports, host, request)
  const real: RealProxy = {
    directory,
    table: file,
    ports,
    panelPort,
    traefik: await start(),
    proxy: traefikReverseProxy({ directory, ...ports, clock: options.clock }),
    target: (name) => ({ address: '127.0.0.1', port: portOf(name === 'blue' ? blue : green) }),
    get,
    async visit(host, entryPoint) {
      const { response } = await get(host, { entryPoint })
      const from = response.headers['x-replica']
      return { status: response.statusCode ?? 0, from: typeof from === 'string' ? from : undefined }
    },
    deleteFile: () => rm(file),
    spoilFile: () => writeFile(file, '{"http":{"routers":'),
    written: async () => [await readFile(file, 'utf8'), (await stat(file)).ino],
    async restart() {
      await real.traefik.kill()
      real.traefik = await start()
    },
    async close() {
      await real.traefik.kill()
      for (const server of [panel, blue, green]) server.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return real
}

/** Answers with its name in a header and what it was asked in the body. */
async function listen(name: string): Promise<Server> {
  const answer: RequestListener = (request, response) => {
    response.writeHead(200, { 'x-replica': name, 'content-type': 'application/json' })
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  }
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}

async function visit(ports: ProxyPorts, host: string, { entryPoint = 'web', path = '/', headers }: GetOptions) {
  const port = { web: ports.httpPort, websecure: ports.httpsPort, api: ports.apiPort }[entryPoint]
  const options = { host: '127.0.0.1', port, path, headers: { ...headers, host }, agent: false as const }
  const secure = { servername: host, rejectUnauthorized: false }
  const request = entryPoint === 'websecure' ? httpsRequest({ ...options, ...secure }) : httpRequest(options)
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { response, body: Buffer.concat(parts).toString('utf8') }
}
