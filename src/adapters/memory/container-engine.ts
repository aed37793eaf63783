import type { ContainerEngine } from '../../ports/container-engine.ts'
import { controlOf, type MemoryEngineControl } from './engine-control.ts'
import { MemoryEngine, type MemoryEngineOptions } from './engine-table.ts'

export type { MemoryEngineControl } from './engine-control.ts'
export type { EngineCall, MemoryEngineOptions } from './engine-table.ts'
export type { MemoryProgram } from './program.ts'

/** The container engine as a table in memory: no time, no processes, no network. */
export function memoryContainerEngine(
  options: MemoryEngineOptions = {},
): ContainerEngine & { control: MemoryEngineControl } {
  const engine = new MemoryEngine(options)
  return Object.assign(engine, { control: controlOf(engine) })
}
