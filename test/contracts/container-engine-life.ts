import { expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { type ContractSuite, until } from './container-engine-suite.ts'

export function testLife(suite: ContractSuite): void {
  it('creates, starts, stops and removes, and each of them may be said twice', async () => {
    const plan = suite.plan('server')
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({
      replicaId: plan.replicaId,
      labels: plan.labels,
      state: 'created',
      exitCode: undefined,
      startedAt: undefined,
      address: plan.address,
      image: plan.image,
    })
    expect(await suite.engine.start(plan.replicaId)).toEqual({ ok: true })
    expect(await suite.engine.start(plan.replicaId)).toEqual({ ok: true })
    const running = await suite.engine.inspect(plan.replicaId)
    expect(running).toMatchObject({ state: 'running', address: plan.address, exitCode: undefined, restartCount: 0 })
    expect(running?.startedAt).toBeGreaterThan(0)
    expect((await suite.engine.list()).map((each) => each.replicaId)).toEqual([plan.replicaId])
    await suite.untilReady(plan)
    await suite.engine.stop(plan.replicaId, 5)
    await suite.engine.stop(plan.replicaId, 5)
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({ state: 'exited', exitCode: 143 })
    await suite.engine.remove(plan.replicaId)
    await suite.engine.remove(plan.replicaId)
    expect(await suite.engine.inspect(plan.replicaId)).toBeUndefined()
    expect(await suite.engine.list()).toEqual([])
  })

  it('replaces a replica of the same id that was made from another image', async () => {
    const plan = suite.plan('server')
    await suite.engine.create({ ...plan, image: suite.harness.program('failing').image })
    expect(await suite.engine.create(plan)).toEqual({ ok: true })
    expect((await suite.engine.inspect(plan.replicaId))?.image).toBe(plan.image)
  })

  it('says when the image, the network or the replica is missing', async () => {
    const missing = suite.plan('server', { image: suite.harness.missingImage })
    expect(await suite.engine.create(missing)).toMatchObject({ ok: false, reason: 'image_missing' })
    const elsewhere = suite.plan('server')
    const homeless = { ...elsewhere, labels: { ...elsewhere.labels, environment: newId() } }
    expect(await suite.engine.create(homeless)).toMatchObject({ ok: false, reason: 'refused' })
    expect(await suite.engine.start(newId())).toMatchObject({ ok: false, reason: 'not_found' })
    await suite.engine.stop(newId(), 1)
    await suite.engine.keepRunning(newId())
    await suite.engine.remove(newId())
    expect(await suite.engine.inspect(newId())).toBeUndefined()
  })
}

export function testEnds(suite: ContractSuite): void {
  it('does not start a replica whose address another one has', async () => {
    const first = await suite.run('server')
    const second = suite.plan('server', { address: first.address })
    expect(await suite.engine.create(second)).toEqual({ ok: true })
    const outcome = await suite.engine.start(second.replicaId)
    expect(outcome).toMatchObject({ ok: false, reason: 'cannot_start' })
    expect(outcome.ok ? '' : outcome.message).toMatch(/address/i)
  })

  it('removes a running replica', async () => {
    const plan = await suite.run('server')
    await suite.engine.remove(plan.replicaId)
    expect(await suite.engine.list()).toEqual([])
  })

  it('starts a program again and again that is to be kept running, until it is stopped', async () => {
    const { replicaId } = await suite.runReady('server')
    await suite.engine.keepRunning(replicaId)
    const before = await suite.engine.inspect(replicaId)
    await suite.harness.crash(replicaId)
    await until(async () => (await suite.engine.inspect(replicaId))?.restartCount === 1)
    await until(async () => (await suite.engine.inspect(replicaId))?.state === 'running')
    expect((await suite.engine.inspect(replicaId))?.startedAt).toBeGreaterThan(before?.startedAt ?? Infinity)
    await suite.engine.stop(replicaId, 5)
    expect((await suite.engine.inspect(replicaId))?.state).toBe('exited')
  })

  it('leaves a program alone that has ended', async () => {
    const plan = await suite.run('failing')
    await until(async () => (await suite.engine.inspect(plan.replicaId))?.state === 'exited')
    expect(await suite.engine.inspect(plan.replicaId)).toMatchObject({
      exitCode: 3,
      outOfMemory: false,
      restartCount: 0,
      address: plan.address,
    })
  })
}
