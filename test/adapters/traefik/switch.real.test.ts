import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReplicaName } from './backend.program.ts'
import { openRealProxy, type RealProxy } from './real-proxy.ts'
import type { VisitorReport } from './visitors.program.ts'

interface Program {
  child: ChildProcess
  lines: AsyncIterator<string>
}

interface Replica {
  program: Program
  port: number
}

/** Established, as `/proc/net/tcp` writes it. */
const established = '01'

describe('switching between two replicas under visitors', () => {
  let real: RealProxy
  let programs: Program[] = []
  beforeEach(async () => {
    real = await openRealProxy()
  })
  afterEach(async () => {
    for (const { child } of programs) child.kill('SIGKILL')
    programs = []
    await real.close()
  })

  function start(file: string, argument: string): Program {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const child = spawn(process.execPath, [path, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
    const program = { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
    programs.push(program)
    return program
  }

  async function startReplica(turn: number): Promise<Replica> {
    const name: ReplicaName = turn % 2 === 0 ? 'blue' : 'green'
    const program = start('backend.program.ts', name)
    return { program, port: Number(await nextLine(program)) }
  }

  const lead = (generation: number, { port }: Replica) =>
    real.proxy.publish({
      generation,
      panel: { port: real.panelPort, host: undefined, catchAll: false },
      services: [{ instanceId: 'lantern', hosts: ['lantern.test'], targets: [{ address: '127.0.0.1', port }] }],
    })

  /** Switches while visitors come, each time ending the old replica as `end` does; gives what the visitors saw. */
  async function switches(count: number, change: (next: Replica, old: Replica, turn: number) => Promise<void>) {
    let current = await startReplica(0)
    await lead(1, current)
    const visitors = start('visitors.program.ts', String(real.ports.httpPort))
    await nextLine(visitors)
    for (let turn = 1; turn <= count; turn += 1) {
      const next = await startReplica(turn)
      await change(next, current, turn + 1)
      current = next
    }
    visitors.child.kill('SIGTERM')
    return JSON.parse(await nextLine(visitors)) as VisitorReport
  }

  it('fails no request in 20 switches: confirmed, 50 ms, drained, then ended', async () => {
    const { total, failed } = await switches(20, async (next, old, generation) => {
      await lead(generation, next)
      await wait(50)
      while ((await connectionsTo(old.port)) > 0) await wait(50)
      await end(old, 'SIGTERM')
    })
    expect(failed).toEqual([])
    expect(total).toBeGreaterThan(1000)
  })

  it('fails requests when the old replica is ended before the proxy confirms, so the test above can fail', async () => {
    const { failed } = await switches(2, async (next, old, generation) => {
      await end(old, 'SIGKILL')
      await lead(generation, next)
    })
    expect(failed.length).toBeGreaterThan(0)
  })
})

async function end(replica: Replica, signal: NodeJS.Signals): Promise<void> {
  const ended = once(replica.program.child, 'exit')
  replica.program.child.kill(signal)
  await ended
}

async function nextLine(program: Program): Promise<string> {
  const { value, done } = await program.lines.next()
  if (done) throw new Error('the program ended before it said anything')
  return value
}

/** Connections that a replica on loopback has open. */
async function connectionsTo(port: number): Promise<number> {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(own) && state === established).length
}
