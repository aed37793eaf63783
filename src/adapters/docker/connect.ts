import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { inspect } from 'node:util'
import Docker from 'dockerode'
import { HandcarError } from '../../kernel/errors.ts'

/** What Docker said: a value, or its refusal with the HTTP status. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; status: number; message: string }

export interface StreamRequest {
  method: 'GET' | 'POST' | 'HEAD'
  /** Without the version, e.g. `/build`. */
  path: string
  query?: Record<string, string | string[]>
  headers?: Record<string, string>
  /** Sent as it comes; its failure fails the request. */
  body?: Readable
  /** Ends the request and the answer's stream. */
  signal?: AbortSignal
  /** Until the answer's headers arrive; the stream itself has no limit of ours. */
  timeoutMs?: number
}

export interface StreamAnswer {
  headers: IncomingHttpHeaders
  body: IncomingMessage
}

/** One Docker daemon. It may go away and come back at any time; every call is bounded. */
export interface DockerConnection {
  readonly socketPath: string
  /** API version in use, e.g. `1.41`. */
  apiVersion(): Promise<string>
  /** One call with a small answer, where a refusal is something the caller can deal with. */
  attempt<Value>(work: DockerCall<Value>, timeoutMs?: number): Promise<Answer<Value>>
  /** The same where no refusal is expected: it throws `engine.failed`. */
  call<Value>(work: DockerCall<Value>, timeoutMs?: number): Promise<Value>
  /** One call whose answer or body is a stream. */
  open(request: StreamRequest): Promise<Answer<StreamAnswer>>
}

/** The signal is the deadline; passed on to dockerode as `abortSignal` it also ends the request. */
export type DockerCall<Value> = (docker: Docker, abortSignal: AbortSignal) => Promise<Value>

export const defaultSocketPath = '/var/run/docker.sock'

const callTimeoutMs = 30_000
const newestVersion = [1, 44] as const
const oldestVersion = [1, 41] as const

export function connectDocker(socketPath: string = defaultSocketPath): DockerConnection {
  return new SocketConnection(socketPath)
}

class SocketConnection implements DockerConnection {
  readonly socketPath: string
  /** No connection is kept open between calls, so none can be stale after a restart of the daemon. */
  private readonly agent = new Agent({ keepAlive: false })
  private negotiated: Promise<string> | undefined

  constructor(socketPath: string) {
    this.socketPath = socketPath
  }

  async apiVersion(): Promise<string> {
    this.negotiated ??= this.negotiate()
    try {
      return await this.negotiated
    } catch (error) {
      this.negotiated = undefined
      throw error
    }
  }

  async attempt<Value>(work: DockerCall<Value>, timeoutMs = callTimeoutMs): Promise<Answer<Value>> {
    const version = `v${await this.apiVersion()}`
    // The empty host keeps a DOCKER_HOST of the process from winning over our socket.
    const agent = new WatchedAgent()
    const options = { socketPath: this.socketPath, version, agent, host: undefined }
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      const value = work(new Docker({ ...options, protocol: 'http' }), deadline)
      return { ok: true, value: await Promise.race([value, agent.broken, rejectOnAbort(deadline)]) }
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal && refusal.status !== 503) return refusal
      throw this.unwell(error, deadline.aborted)
    }
  }

  async call<Value>(work: DockerCall<Value>, timeoutMs?: number): Promise<Value> {
    const answer = await this.attempt(work, timeoutMs)
    if (answer.ok) return answer.value
    throw engineFailed(answer.message)
  }

  async open(request: StreamRequest): Promise<Answer<StreamAnswer>> {
    return this.send(`/v${await this.apiVersion()}${request.path}`, request)
  }

  private async send(path: string, request: StreamRequest): Promise<Answer<StreamAnswer>> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), request.timeoutMs ?? callTimeoutMs)
    const signal = AbortSignal.any([deadline.signal, ...(request.signal ? [request.signal] : [])])
    try {
      const body = await this.exchange(path, request, signal)
      const status = body.statusCode ?? 0
      if (status < 400) return { ok: true, value: { headers: body.headers, body } }
      return { ok: false, status, message: messageOf(await readText(body)) }
    } catch (error) {
      throw this.unwell(error, deadline.signal.aborted)
    } finally {
      clearTimeout(timer)
    }
  }

  private exchange(path: string, request: StreamRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const query = queryText(request.query ?? {})
      const outgoing = httpRequest({
        socketPath: this.socketPath,
        agent: this.agent,
        method: request.method,
        path: query === '' ? path : `${path}?${query}`,
        headers: request.headers,
        signal,
      })
      outgoing.once('error', reject)
      outgoing.once('response', (answer) => {
        // From here on failures show on the answer's stream; one that came early is still readable to its end.
        outgoing.on('error', () => undefined)
        resolve(answer)
      })
      if (!request.body) {
        outgoing.end()
        return
      }
      request.body.once('error', (error) => outgoing.destroy(error))
      outgoing.once('close', () => request.body?.destroy())
      request.body.pipe(outgoing)
    })
  }

  private async negotiate(): Promise<string> {
    const answer = await this.send('/version', { method: 'GET', path: '/version' })
    if (!answer.ok) throw engineFailed(answer.message)
    const said: unknown = JSON.parse(await readText(answer.value.body))
    const text = typeof said === 'object' && said !== null && 'ApiVersion' in said ? String(said.ApiVersion) : ''
    const server = /^(\d+)\.(\d+)$/.exec(text)
    const [major, minor] = [Number(server?.[1] ?? 0), Number(server?.[2] ?? 0)]
    if (isOlder([major, minor], oldestVersion)) {
      throw new HandcarError({
        code: 'engine.too_old',
        kind: 'unavailable',
        message: `This Docker speaks API ${text || 'of an unknown version'}; Handcar needs ${oldestVersion.join('.')}.`,
        hint: 'Upgrade Docker to 20.10 or newer.',
      })
    }
    return (isOlder([major, minor], newestVersion) ? [major, minor] : newestVersion).join('.')
  }

  /** Translates what is no answer at all. The next call negotiates again: the daemon may come back newer. */
  private unwell(error: unknown, isLate: boolean): HandcarError {
    if (error instanceof HandcarError) return error
    this.negotiated = undefined
    if (isLate) {
      return new HandcarError({
        code: 'engine.timeout',
        kind: 'timeout',
        message: 'Docker did not answer in time.',
        hint: 'The server may be overloaded; if it lasts, look at `systemctl status docker`.',
        cause: error,
      })
    }
    return engineUnavailable(this.socketPath, error)
  }
}

/** Tells when the connection of a call ends: dockerode itself waits for ever for an answer that broke off. */
class WatchedAgent extends Agent {
  readonly broken: Promise<never>
  private readonly breakOff: (reason: Error) => void

  constructor() {
    super({ keepAlive: false })
    const { promise, reject } = Promise.withResolvers<never>()
    this.broken = promise
    this.breakOff = reject
  }

  /** dockerode spells out all that it is given, to any depth and for each call, even when nobody debugs it. */
  [inspect.custom](): string {
    return 'WatchedAgent'
  }

  override createConnection(...parameters: Parameters<Agent['createConnection']>) {
    const socket = super.createConnection(...parameters)
    // Later than what the end of a whole answer sets off.
    socket?.once('close', () => setImmediate(this.breakOff, new Error('the connection broke off')))
    return socket
  }
}

export function engineUnavailable(socketPath: string, cause: unknown): HandcarError {
  const isDenied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
  return new HandcarError({
    code: 'engine.unavailable',
    kind: 'unavailable',
    message: isDenied ? `Handcar may not use ${socketPath}.` : `Docker does not answer on ${socketPath}.`,
    hint: isDenied
      ? 'Run Handcar as a user in the group `docker`.'
      : 'Start Docker (`systemctl start docker`); Handcar goes on by itself when it is back.',
    cause,
  })
}

export function engineFailed(message: string): HandcarError {
  return new HandcarError({
    code: 'engine.failed',
    kind: 'unavailable',
    message: `Docker failed: ${message}`,
    hint: 'Handcar tries again; if it lasts, look at the log of Docker (`journalctl -u docker`).',
  })
}

/** For calls that dockerode gives no signal to. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

export async function readText(body: Readable): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of body) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}

/** The HTTP refusal in an error of dockerode; undefined when there was no answer. */
function refusalOf(error: unknown): Extract<Answer<never>, { ok: false }> | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const body = 'json' in error ? error.json : undefined
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : error.message
  return { ok: false, status: error.statusCode, message: said }
}

function messageOf(body: string): string {
  try {
    const said: unknown = JSON.parse(body)
    if (typeof said === 'object' && said !== null && 'message' in said) return String(said.message)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return body.trim()
}

function queryText(query: Record<string, string | string[]>): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) for (const each of [value].flat()) text.append(name, each)
  return text.toString()
}

function isOlder([major, minor]: readonly [number, number], than: readonly [number, number]): boolean {
  return major < than[0] || (major === than[0] && minor < than[1])
}
