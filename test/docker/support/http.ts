import { type Agent, request } from 'node:http'

export interface HttpQuestion {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** A connection of its own when left out. */
  agent?: Agent
  timeoutMs?: number
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** One request to 127.0.0.1 under a host name of choice, without retries and redirects. */
export function httpAsk(question: HttpQuestion & { port: number; host: string }): Promise<HttpAnswer> {
  const { port, host, path = '/', method = 'GET', headers, body, agent, timeoutMs = 15_000 } = question
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const options = { host: '127.0.0.1', port, path, method, headers: { ...headers, ...length, host } }
    const asking = request({ ...options, agent: agent ?? false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.once('error', reject)
      response.once('end', () => {
        clearTimeout(timer)
        const text = Buffer.concat(pieces).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    const timer = setTimeout(() => asking.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    asking.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    asking.end(body)
  })
}
