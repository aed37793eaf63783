import { expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import type { EngineEvent } from '../../src/ports/container-engine.ts'
import { type ContractSuite, collect, until } from './container-engine-suite.ts'

export function testObservation(suite: ContractSuite): void {
  it('knows its version and its disk', async () => {
    const version = await suite.engine.version()
    expect(version.apiVersion).toMatch(/^1\.4[1-4]$/)
    expect(version.architecture).toMatch(/^(amd64|arm64)$/)
    expect(version.diskFreeBytes).toBeGreaterThan(0)
    expect(version.diskTotalBytes).toBeGreaterThanOrEqual(version.diskFreeBytes)
  })

  it('gives what a replica prints, and follows it to its end', async () => {
    const plan = await suite.runReady('server')
    const past = await collect(suite.engine.logs(plan.replicaId, { tail: 100, follow: false }))
    expect(past.map(({ stream, text }) => `${stream}: ${text}`).sort()).toEqual(['stderr: to stderr', 'stdout: hello'])
    expect(past.every((line) => line.at > 1_600_000_000_000)).toBe(true)
    expect(await collect(suite.engine.logs(plan.replicaId, { tail: 1, follow: false }))).toHaveLength(1)
    expect(await collect(suite.engine.logs(plan.replicaId, { tail: 0, follow: false }))).toEqual([])
    expect(await collect(suite.engine.logs(newId(), { tail: 9, follow: true }))).toEqual([])
    const following = collect(suite.engine.logs(plan.replicaId, { tail: 100, follow: true }))
    await suite.engine.stop(plan.replicaId, 5)
    expect(await following).toHaveLength(2)
  })

  it('stops following when the reader has enough', async () => {
    const plan = await suite.runReady('server')
    const enough = new AbortController()
    const lines: string[] = []
    for await (const line of suite.engine.logs(plan.replicaId, { tail: 9, follow: true, signal: enough.signal })) {
      lines.push(line.text)
      if (lines.length === 2) enough.abort()
    }
    expect(lines).toHaveLength(2)
  })

  it('tells of starts, ends and removals from the moment it is asked', async () => {
    const enough = new AbortController()
    const changes = suite.engine.events(enough.signal)
    const plan = await suite.run('failing')
    await until(async () => (await suite.engine.inspect(plan.replicaId))?.state === 'exited')
    await suite.engine.remove(plan.replicaId)
    const seen: EngineEvent[] = []
    for await (const change of changes) {
      seen.push(change)
      if (change.kind === 'removed') enough.abort()
    }
    const base = { replicaId: plan.replicaId, serviceId: plan.labels.service }
    expect(seen.filter((change) => change.replicaId === plan.replicaId)).toEqual([
      { ...base, kind: 'started', exitCode: undefined },
      { ...base, kind: 'ended', exitCode: 3 },
      { ...base, kind: 'removed', exitCode: undefined },
    ])
  })
}

export function testProbes(suite: ContractSuite): void {
  it('probes a port and a path', async () => {
    const { address, replicaId } = await suite.runReady('server')
    const probe = (port: number, path?: string) =>
      suite.engine.probe(address, { port, path, host: 'web.test', timeoutMs: 5000 })
    expect(await probe(3000)).toEqual({ kind: 'ready' })
    expect(await probe(3000, '/')).toEqual({ kind: 'ready' })
    expect(await probe(3001)).toEqual({ kind: 'refused' })
    expect(await probe(3001, '/')).toEqual({ kind: 'refused' })
    await suite.engine.remove(replicaId)
    const gone = await suite.engine.probe(address, { port: 3000, path: '/', host: 'web.test', timeoutMs: 300 })
    expect(gone).toEqual({ kind: 'no_answer' })
  })

  it('gives the status and the first 200 bytes of a bad answer', async () => {
    const { address } = await suite.runReady('broken')
    const check = { port: 3000, path: '/health', host: 'web.test', timeoutMs: 5000 }
    const body = 'out of order'.repeat(100).slice(0, 200)
    expect(await suite.engine.probe(address, check)).toEqual({ kind: 'bad_status', status: 500, body })
    expect(await suite.engine.probe(address, { ...check, path: undefined })).toEqual({ kind: 'ready' })
  })

  it('sees what a program listens on', async () => {
    const open = await suite.run('server')
    const closed = await suite.run('loopback')
    await until(async () => (await suite.engine.listeners(open.replicaId)).length > 0)
    await until(async () => (await suite.engine.listeners(closed.replicaId)).length > 0)
    expect(await suite.engine.listeners(open.replicaId)).toMatchObject([{ port: 3000, loopback: false }])
    expect(await suite.engine.listeners(closed.replicaId)).toEqual([
      { address: '127.0.0.1', port: 3000, loopback: true },
    ])
    const check = { port: 3000, path: undefined, host: 'web.test', timeoutMs: 2000 }
    expect(await suite.engine.probe(closed.address, check)).toEqual({ kind: 'refused' })
    expect(await suite.engine.listeners(newId())).toEqual([])
  })

  it('counts connections from this machine', async () => {
    const plan = await suite.runReady('server')
    await until(async () => (await suite.engine.openConnections(plan.address, 3000)) === 0)
    const close = await suite.harness.connect(plan.address, 3000, 3)
    expect(await suite.engine.openConnections(plan.address, 3000)).toBe(3)
    await close()
    await until(async () => (await suite.engine.openConnections(plan.address, 3000)) === 0)
  })

  it('reads the head of the program that a replica starts', async () => {
    const plan = suite.plan('server')
    await suite.engine.create(plan)
    const head = await suite.engine.programHead(plan.replicaId)
    expect([...(head ?? []).slice(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46])
    expect(await suite.engine.programHead(newId())).toBeUndefined()
  })
}
