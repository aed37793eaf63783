import { memoryContainerEngine } from '../../src/adapters/memory/container-engine.ts'
import { describeContainerEngine } from './container-engine.ts'
import type { ContractProgram, EngineHarness } from './container-engine-suite.ts'

describeContainerEngine('memory', async (): Promise<EngineHarness> => {
  const engine = memoryContainerEngine()
  engine.control.program('server', { output: ['hello'], errorOutput: ['to stderr'] })
  engine.control.program('loopback', { listeners: [{ address: '127.0.0.1', port: 3000, loopback: true }] })
  engine.control.program('broken', { status: 500, body: 'out of order'.repeat(100) })
  engine.control.program('failing', { exitsWith: 3 })
  engine.control.forgetImage('missing')
  let subnets = 0
  return {
    engine,
    program: (name: ContractProgram) => ({ image: name, startCommand: undefined }),
    missingImage: 'missing',
    freeSubnet: async () => `10.9.${subnets++}.0/24`,
    crash: async (replicaId) => engine.control.exit(replicaId, 1),
    async connect(address, port, count) {
      engine.control.connections(address, port, count)
      return async () => engine.control.connections(address, port, 0)
    },
    cleanUp: async () => undefined,
  }
})
