import { once } from 'node:events'
import { connect } from 'node:net'
import { dockerContainerEngine } from '../../src/adapters/docker/container-engine.ts'
import { label } from '../../src/adapters/docker/labels.ts'
import { ensureNodeBase, ensureStaticBase } from '../support/base-image.ts'
import { freeSubnet, testInstall } from '../support/docker.ts'
import { describeContainerEngine } from './container-engine.ts'
import type { ContractProgram, EngineHarness } from './container-engine-suite.ts'

const server = (address: string, answer: string) =>
  [
    'console.log("hello"); console.error("to stderr");',
    'process.on("SIGTERM", () => process.exit(143)); process.on("SIGUSR2", () => process.exit(1));',
    `require("node:http").createServer((question, answer) => ${answer}).listen(process.env.PORT, "${address}")`,
  ].join(' ')

const programs: Record<Exclude<ContractProgram, 'failing'>, string> = {
  server: server('0.0.0.0', 'answer.end("fine")'),
  loopback: server('127.0.0.1', 'answer.end("fine")'),
  broken: server('0.0.0.0', 'answer.writeHead(500).end("out of order".repeat(100))'),
}

describeContainerEngine('Docker', async (): Promise<EngineHarness> => {
  const { installId, connection, cleanUp } = testInstall()
  const engine = dockerContainerEngine({ installId })
  const [node, busybox] = [await ensureNodeBase(), await ensureStaticBase()]
  return {
    engine,
    program: (name) =>
      name === 'failing'
        ? { image: busybox, startCommand: 'sh -c "exit 3"' }
        : { image: node, startCommand: `node -e '${programs[name]}'` },
    missingImage: 'handcar-base/missing:1',
    freeSubnet: () => freeSubnet(engine),
    async crash(replicaId) {
      const filters = { label: [`${label.replica}=${replicaId}`] }
      const [found] = await connection.call((docker) => docker.listContainers({ filters }))
      if (!found) throw new Error('the replica does not run')
      await signalInside(found.Id)
    },
    async connect(address, port, count) {
      const sockets = Array.from({ length: count }, () => connect(port, address))
      await Promise.all(sockets.map((socket) => once(socket, 'connect')))
      return async () => {
        for (const socket of sockets) socket.destroy()
      }
    },
    cleanUp,
  }

  /** Not by Docker's kill, which would count as a stop by hand for some signals. */
  async function signalInside(id: string): Promise<void> {
    const { Pid } = (await connection.call((docker) => docker.getContainer(id).inspect())).State
    process.kill(Pid, 'SIGUSR2')
  }
})
