import { basePrefix } from './base-image.ts'

/** Made by `ensureNodeBase`. */
const nodeImage = `${basePrefix}node:26-slim`

export interface SampleApp {
  /** Tells releases apart: `x-release` of every answer. */
  release: string
  /** Statements of JavaScript that run before the server is made; `server` and `port` are in reach. */
  before?: string
  /** In place of `server.listen(port, '0.0.0.0')`. */
  listen?: string
  /** Lines of the Dockerfile between COPY and CMD. */
  steps?: string
}

/**
 * The files of a small app: answers every request with what it knows as JSON, after `?ms=` milliseconds; `?exit` ends
 * it. It has no reaction to SIGTERM, so requests under way are lost when it is ended too early.
 */
export function sampleApp({ release, before = '', listen, steps = '' }: SampleApp): Record<string, string> {
  return {
    Dockerfile: [`FROM ${nodeImage}`, 'WORKDIR /app', 'COPY . .', steps, 'USER 1000', 'CMD ["node", "index.js"]', '']
      .filter((line, at, lines) => line !== '' || at === lines.length - 1)
      .join('\n'),
    'index.js': program(release, before, listen ?? "server.listen(port, '0.0.0.0')"),
  }
}

/** What an answer of the app holds. */
export interface SampleAnswer {
  release: string
  commit: string
  deployment: string
  bytes: number
  method: string
  host: string
  greeting: string | null
}

function program(release: string, before: string, listen: string): string {
  return `const { createServer } = require('node:http')
const port = Number(process.env.PORT)
const release = ${JSON.stringify(release)}
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://app')
  if (url.searchParams.has('exit')) process.exit(9)
  let bytes = 0
  request.on('data', (piece) => { bytes += piece.length })
  request.on('end', () => setTimeout(() => {
    const { HANDCAR_COMMIT: commit, HANDCAR_DEPLOYMENT: deployment, GREETING: greeting = null } = process.env
    const answer = { release, commit, deployment, greeting, bytes, method: request.method, host: request.headers.host }
    response.writeHead(200, { 'content-type': 'application/json', 'x-release': release })
    response.end(JSON.stringify(answer) + '\\n')
  }, Number(url.searchParams.get('ms') ?? 0)))
})
server.keepAliveTimeout = 60_000
${before}
${listen}
console.log('release ' + release + ' listens on ' + port)
`
}
