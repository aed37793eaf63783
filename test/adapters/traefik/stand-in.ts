import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { selfSignedCertificate } from '../../../src/adapters/traefik/certificate.ts'
import type { TraefikAddress } from '../../../src/adapters/traefik/client.ts'
import type { Clock } from '../../../src/kernel/clock.ts'

/** What a Traefik that is out of step would answer; the real one cannot be brought to it at will. */
export interface StandIn {
  address: TraefikAddress
  /** Marker of the table that is loaded, and of those that the entry points serve. */
  serves: { api: string; web: string; websecure: string }
  refused: { disabled: unknown[]; warning: unknown[] }
  /** Runs before each answer of the API. */
  onApi: () => void | Promise<void>
  close(): void
}

export async function openStandIn(): Promise<StandIn> {
  const standIn: StandIn = {
    address: { apiPort: 0, httpPort: 0, httpsPort: 0 },
    serves: { api: '', web: '', websecure: '' },
    refused: { disabled: [], warning: [] },
    onApi: () => undefined,
    close: () => {
      for (const server of [api, web, websecure]) server.close()
    },
  }
  const api = createServer(async (request, response) => {
    await standIn.onApi()
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (url.pathname === `/api/http/middlewares/hc-gen-${standIn.serves.api}@file`) response.end('{}')
    else if (url.pathname === '/api/http/routers') {
      response.end(JSON.stringify(standIn.refused[url.searchParams.get('status') as 'disabled' | 'warning']))
    } else response.writeHead(404).end('{}')
  })
  const web = createServer((_request, response) => response.setHeader('X-Hc-Gen', standIn.serves.web).end('OK'))
  const { certificate: cert, key } = selfSignedCertificate('handcar.invalid', new Date(), 1)
  const websecure = createSecureServer({ cert, key }, (_request, response) =>
    response.setHeader('X-Hc-Gen', standIn.serves.websecure).end('OK'),
  )
  const [apiPort, httpPort, httpsPort] = await Promise.all([api, web, websecure].map(listen))
  standIn.address = { apiPort: apiPort ?? 0, httpPort: httpPort ?? 0, httpsPort: httpsPort ?? 0 }
  return standIn
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}

/** Sleeping takes no time but moves the clock on; `onSleep` gets the time that has passed, in ms. */
export function quickClock(onSleep: (passedMs: number) => void | Promise<void> = () => undefined): Clock {
  let now = 0
  return {
    now: () => now,
    async sleep(ms) {
      now += ms
      await onSleep(now)
    },
  }
}
