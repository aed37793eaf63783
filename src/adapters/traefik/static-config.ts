import { join } from 'node:path'
import { type Text, write } from './text.ts'

export interface ProxyPorts {
  /** Traefik's API, metrics and ping, on 127.0.0.1. */
  apiPort: number
  httpPort: number
  httpsPort: number
  /** Where `web` and `websecure` listen; every address when left out. */
  listenAddress?: string
}

/** What Traefik reads once, at its start: listeners, where routes and logs are. Changing it takes a restart. */
export function staticConfig(directory: string, ports: ProxyPorts): string {
  return `${write({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    entryPoints: {
      web: publicEntryPoint(ports.listenAddress, ports.httpPort),
      websecure: publicEntryPoint(ports.listenAddress, ports.httpsPort),
      traefik: { address: `127.0.0.1:${ports.apiPort}` },
    },
    providers: {
      // The first change passes at once; this only merges what follows within the time.
      providersThrottleDuration: '100ms',
      file: { directory: join(directory, 'dynamic'), watch: true },
    },
    api: { insecure: true, dashboard: false },
    ping: { entryPoint: 'traefik' },
    metrics: {
      prometheus: {
        entryPoint: 'traefik',
        addEntryPointsLabels: false,
        addServicesLabels: true,
        buckets: [0.05, 0.1, 0.3, 1, 3, 10],
      },
    },
    // No access log: even seven fields of it take 15 % of the throughput, and nothing reads it yet.
    log: { level: 'INFO', format: 'json', filePath: join(directory, 'log', 'traefik.log'), maxSize: 10, maxBackups: 2 },
  })}\n`
}

/**
 * No read timeout, which would cut a long upload or push. Idle visitors stay longer than with any usual client.
 * `reusePort` lets a second Traefik take over before the first one ends. Aliases are headers like `X_Real_Ip`,
 * which some apps read as `X-Real-Ip`.
 */
function publicEntryPoint(address = '', port: number): Text {
  return {
    address: `${address}:${port}`,
    reusePort: true,
    http: { aliasHeadersStrategy: 'delete' },
    transport: {
      respondingTimeouts: { readTimeout: '0s', idleTimeout: '180s' },
      lifeCycle: { graceTimeOut: '10s' },
    },
  }
}
