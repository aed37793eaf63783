import { once } from 'node:events'
import { connect } from 'node:net'
import { dockerContainerEngine } from '../../src/adapters/docker/container-engine.ts'
import { ensureNodeBase, ensureStaticBase } from '../support/base-image.ts'
import { freeSubnet, testInstall } from '../support/docker.ts'
import { describeContainerEngine, type EngineHarness } from './container-engine.ts'

const server = (address: string) =>
  [
    'console.log("hello"); console.error("to stderr");',
    'process.on("SIGTERM", () => process.exit(143));',
    'const answer = (q, s) => q.url === "/bad" ? s.writeHead(500).end("out of order") : s.end("fine");',
    `require("node:http").createServer(answer).listen(process.env.PORT, "${address}")`,
  ].join(' ')

describeContainerEngine('Docker', async (): Promise<EngineHarness> => {
  const { installId, cleanUp } = testInstall()
  const engine = dockerContainerEngine({ installId })
  const [node, busybox] = await Promise.all([ensureNodeBase(), ensureStaticBase()])
  return {
    engine,
    program: (name) =>
      name === 'failing'
        ? { image: busybox, startCommand: 'sh -c "exit 3"' }
        : { image: node, startCommand: `node -e '${server(name === 'server' ? '0.0.0.0' : '127.0.0.1')}'` },
    missingImage: 'handcar-base/missing:1',
    freeSubnet: () => freeSubnet(engine),
    async connect(address, port, count) {
      const sockets = Array.from({ length: count }, () => connect(port, address))
      await Promise.all(sockets.map((socket) => once(socket, 'connect')))
      return async () => {
        for (const socket of sockets) socket.destroy()
      }
    },
    cleanUp,
  }
})
