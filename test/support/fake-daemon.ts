import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A socket that speaks as much of Docker's API as a test wants: for what a real daemon will not do on demand. */
export interface FakeDaemon {
  socketPath: string
  /** Request lines, oldest first. */
  requests: string[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
  /** What `/version` says. */
  apiVersion: string
  stop(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

export async function fakeDaemon(): Promise<FakeDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'handcar-daemon-'))
  const sockets = new Set<Socket>()
  let server: Server | undefined
  const daemon: FakeDaemon = {
    socketPath: join(folder, 'docker.sock'),
    requests: [],
    apiVersion: '1.41',
    answer: (_, response) => response.end('{}'),
    async start() {
      server = createServer((request, response) => {
        daemon.requests.push(`${request.method} ${request.url}`)
        if (request.url === '/version') response.end(JSON.stringify({ ApiVersion: daemon.apiVersion }))
        else daemon.answer(request, response)
      })
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      // Node closes a connection that is to be upgraded when nobody listens; a daemon that hangs just keeps it.
      server.on('upgrade', (request, socket) => {
        daemon.requests.push(`${request.method} ${request.url}`)
        socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
      })
      server.listen(daemon.socketPath)
      await once(server, 'listening')
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      const closing = server
      server = undefined
      if (closing) await new Promise<void>((resolve) => closing.close(() => resolve()))
    },
    async remove() {
      await daemon.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await daemon.start()
  return daemon
}
