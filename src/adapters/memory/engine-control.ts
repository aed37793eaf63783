import type { OutputLine, ReplicaPlan } from '../../ports/container-engine.ts'
import type { EngineCall, MemoryEngine } from './engine-table.ts'
import type { MemoryProgram } from './program.ts'

/** What tests do to the memory engine that in real life programs and people do. */
export interface MemoryEngineControl {
  /** Changes the behaviour of an image's replicas, or of one replica by its id (which wins). */
  program(imageOrReplicaId: string, change: Partial<MemoryProgram>): void
  /** The program ends by itself; the engine starts it again when it is to be kept running. */
  exit(replicaId: string, exitCode: number, options?: { outOfMemory?: boolean }): void
  print(replicaId: string, text: string, stream?: OutputLine['stream']): void
  disconnect(replicaId: string): void
  /** The engine's own count of restarts, as it is after the engine itself was restarted. */
  restartCount(replicaId: string, count: number): void
  /** Somebody removes the replica behind our back. */
  vanish(replicaId: string): void
  connections(address: string, port: number, count: number): void
  /** While away every call that needs the engine throws `engine.unavailable`, and event streams end. */
  away(isAway: boolean): void
  forgetImage(reference: string): void
  disk(freeBytes: number, totalBytes: number): void
  takenSubnet(subnet: string): void
  /** Runs before each call that needs the engine: throw to fail it, wait to delay it. */
  onCall(listener: (call: EngineCall, target: string) => void | Promise<void>): void
  /** Calls made, oldest first. */
  readonly calls: ReadonlyArray<{ call: EngineCall; target: string }>
  plan(replicaId: string): ReplicaPlan | undefined
}

export function controlOf(engine: MemoryEngine): MemoryEngineControl {
  return {
    calls: engine.calls,
    program: (key, change) => engine.programs.set(key, { ...engine.programs.get(key), ...change }),
    exit(replicaId, exitCode, options = {}) {
      const replica = engine.get(replicaId)
      engine.end(replica, exitCode, options.outOfMemory)
      if (!replica.keepRunning) return
      replica.running.restartCount += 1
      engine.launch(replica)
    },
    print: (replicaId, text, stream = 'stdout') => engine.print(engine.get(replicaId), text, stream),
    restartCount(replicaId, count) {
      engine.get(replicaId).running.restartCount = count
    },
    disconnect(replicaId) {
      const replica = engine.get(replicaId)
      replica.running.address = undefined
      engine.announce(replica, 'disconnected', undefined)
    },
    vanish: (replicaId) => engine.destroy(engine.get(replicaId)),
    connections: (address, port, count) => engine.connectionCounts.set(`${address}:${port}`, count),
    away(isAway) {
      engine.isAway = isAway
      if (isAway) engine.changes.end()
    },
    forgetImage: (reference) => engine.missingImages.add(reference),
    disk(diskFreeBytes, diskTotalBytes) {
      engine.size = { diskFreeBytes, diskTotalBytes }
    },
    takenSubnet: (subnet) => engine.hostSubnets.push(subnet),
    onCall(listener) {
      engine.listener = listener
    },
    plan: (replicaId) => engine.replicas.get(replicaId)?.plan,
  }
}
