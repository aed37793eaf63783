import { Readable } from 'node:stream'
import { type MemoryBuild, memoryImageBuilder } from '../../src/adapters/memory/image-builder.ts'
import { type BuilderHarness, type ContractBuild, describeImageBuilder } from './image-builder.ts'

const step = '[2/2] RUN do it'

const printing = (text: string): MemoryBuild['lines'] => [
  { kind: 'step', step, text: step },
  { kind: 'output', step, text },
  { kind: 'done', step, text: '', durationMs: 5 },
]

const builds: Record<ContractBuild, MemoryBuild> = {
  working: { lines: printing('built it'), exposedPorts: [8080] },
  failing: { lines: printing('about to fail'), failure: { reason: 'failed', step, exitCode: 3 } },
  hanging: { lines: printing('hanging'), until: new Promise(() => undefined) },
  overtime: { lines: printing('hanging'), overtime: true },
  dockerfile_not_found: { failure: { reason: 'dockerfile_not_found' } },
  registry: { failure: { reason: 'registry' } },
  out_of_memory: { failure: { reason: 'out_of_memory', exitCode: 137 } },
}

describeImageBuilder('memory', async (): Promise<BuilderHarness> => {
  const builder = memoryImageBuilder()
  return {
    builder,
    context(kind) {
      builder.control.script(builds[kind])
      return Readable.from([Buffer.alloc(1024)])
    },
    use: async (reference) => builder.control.use(reference),
    cleanUp: async () => undefined,
  }
})
