import type { Listener } from '../../ports/container-engine.ts'

/** How the programs of an image (or of one replica) behave. */
export interface MemoryProgram {
  /** Listeners inside; undefined: it listens on the variable PORT (3000 without one) on all addresses. */
  listeners: Listener[] | undefined
  /** Probes that are refused after each start before the first one is answered. */
  refusedProbes: number
  /** What a probe with a path is answered, once it listens; one without a path only needs the port. */
  status: number
  body: string
  /** Ends at once with this code after each start; undefined: goes on. */
  exitsWith: number | undefined
  outOfMemory: boolean
  /** The engine's message why it cannot start at all. */
  startError: string | undefined
  ignoresStopSignal: boolean
  /** Printed at each start. */
  output: string[]
  errorOutput: string[]
  head: Uint8Array | undefined
}

/** Listens, answers 200 and goes on until it is stopped. */
export const ordinaryProgram: MemoryProgram = {
  listeners: undefined,
  refusedProbes: 0,
  status: 200,
  body: '',
  exitsWith: undefined,
  outOfMemory: false,
  startError: undefined,
  ignoresStopSignal: false,
  output: [],
  errorOutput: [],
  head: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
}
