import { request as httpRequest } from 'node:http'
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { newId } from '../../kernel/ids.ts'
import { type DockerConnection, engineFailed, engineUnavailable } from './connect.ts'

/**
 * The daemon's way to ask us during a build: gRPC over a connection that we open and it then calls through.
 * Without one it cannot load a base image at all.
 */
export interface BuildSession {
  id: string
  close(): void
}

const openTimeoutMs = 15_000
const health = '/grpc.health.v1.Health/Check'
const credentials = '/moby.filesync.v1.Auth/Credentials'
const secrets = '/moby.buildkit.secrets.v1.Secrets/GetSecret'

const grpcStatus = { ok: '0', notFound: '5', unimplemented: '12' } as const

export async function openBuildSession(connection: DockerConnection, signal: AbortSignal): Promise<BuildSession> {
  const id = newId()
  const socket = await upgrade(connection, id, AbortSignal.any([signal, AbortSignal.timeout(openTimeoutMs)]))
  const session = performServerHandshake(socket)
  session.on('stream', (stream, headers) => answer(stream, headers))
  // The daemon ends the session with the build, or dies with it; the build itself tells which.
  session.on('error', () => socket.destroy())
  socket.on('error', () => session.destroy())
  return {
    id,
    close() {
      session.destroy()
      socket.destroy()
    },
  }
}

async function upgrade(connection: DockerConnection, id: string, signal: AbortSignal): Promise<Duplex> {
  const path = `/v${await connection.apiVersion()}/session`
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      socketPath: connection.socketPath,
      agent: false,
      method: 'POST',
      path,
      signal,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'h2c',
        'X-Docker-Expose-Session-Uuid': id,
        'X-Docker-Expose-Session-Name': 'handcar',
        'X-Docker-Expose-Session-Grpc-Method': [health, credentials, secrets],
      },
    })
    outgoing.once('upgrade', (_answer, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    outgoing.once('response', (response) => {
      response.resume()
      reject(engineFailed(`it refused a build session (${response.statusCode})`))
    })
    outgoing.once('error', (error) => reject(engineUnavailable(connection.socketPath, error)))
    outgoing.end()
  })
}

function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const method = headers[':path']
  stream.on('error', () => stream.destroy())
  stream.resume()
  stream.once('end', () => {
    // Health: field 1, the value "serving". Credentials: none for any registry, which means anonymous.
    if (method === health) respond(stream, grpcStatus.ok, Uint8Array.of(0x08, 0x01))
    else if (method === credentials) respond(stream, grpcStatus.ok, new Uint8Array())
    else if (method === secrets) respond(stream, grpcStatus.notFound)
    else respond(stream, grpcStatus.unimplemented)
  })
}

function respond(stream: ServerHttp2Stream, status: string, message?: Uint8Array): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
  if (message) {
    // One byte "not compressed", four of length, then the message.
    const frame = Buffer.alloc(5 + message.length)
    frame.writeUInt32BE(message.length, 1)
    frame.set(message, 5)
    stream.write(frame)
  }
  stream.end()
}
