import { connect, createServer, type Server, type Socket } from 'node:net'

/** Leads to the daemon while it is open, and to nothing while it is not: as if the daemon came and went. */
export class EngineSocket {
  readonly path: string
  private readonly sockets = new Set<Socket>()
  private server: Server | undefined

  constructor(path: string) {
    this.path = path
  }

  open(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.join(client))
    this.server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.path, resolve)
    })
  }

  /** Cuts everything off at once. */
  async close(): Promise<void> {
    const { server } = this
    if (!server) return
    this.server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private join(client: Socket): void {
    const daemon = connect({ path: '/var/run/docker.sock', allowHalfOpen: true })
    for (const [one, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      this.sockets.add(one)
      one.pipe(other)
      one.once('error', () => other.destroy())
      one.once('close', () => {
        this.sockets.delete(one)
        other.destroy()
      })
    }
  }
}
