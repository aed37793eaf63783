import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addJobIn, finishJob, freeLeases, leaseJob, nextDue, releaseJob } from '../../src/kernel/queue.ts'
import { emptyWorld, type World } from '../support/world.ts'

let at: World
beforeEach(async () => {
  at = await emptyWorld()
})
afterEach(() => at.close())

const job = (subjectId: string, dueAt = 10) => ({ kind: 'deploy', subjectId, lane: 'build', dueAt })

describe('a job', () => {
  test('is leased once, oldest first', async () => {
    await addJobIn(at.ctx.db, job('b', 20))
    await addJobIn(at.ctx.db, job('a', 10))
    expect(await leaseJob(at.ctx.db, 'build', 'boot', 30)).toMatchObject({ subjectId: 'a', attempts: 1 })
    expect(await leaseJob(at.ctx.db, 'build', 'boot', 30)).toMatchObject({ subjectId: 'b' })
    expect(await leaseJob(at.ctx.db, 'build', 'boot', 30)).toBeUndefined()
  })
  test('waits until it is due, in its own lane', async () => {
    await addJobIn(at.ctx.db, job('a', 100))
    expect(await leaseJob(at.ctx.db, 'build', 'boot', 99)).toBeUndefined()
    expect(await leaseJob(at.ctx.db, 'roll_out', 'boot', 100)).toBeUndefined()
    expect(await nextDue(at.ctx.db, 'build')).toBe(100)
    expect(await leaseJob(at.ctx.db, 'build', 'boot', 100)).toBeDefined()
  })
  test('does not wait for the time that a clock was set back', async () => {
    const hourMs = 60 * 60_000
    await addJobIn(at.ctx.db, job('a', 2 * hourMs))
    expect(await leaseJob(at.ctx.db, 'build', 'boot', hourMs)).toMatchObject({ subjectId: 'a' })
  })
  test('is never queued twice', async () => {
    await addJobIn(at.ctx.db, job('a'))
    await addJobIn(at.ctx.db, job('a'))
    expect(await at.ctx.db.selectFrom('job').selectAll().execute()).toHaveLength(1)
  })
  test('of a dead boot is free again and counts its attempts', async () => {
    await addJobIn(at.ctx.db, job('a'))
    await leaseJob(at.ctx.db, 'build', 'first boot', 10)
    await freeLeases(at.ctx.db)
    expect(await leaseJob(at.ctx.db, 'build', 'second boot', 10)).toMatchObject({ attempts: 2 })
  })
  test('goes on in another lane with fresh attempts, and ends', async () => {
    await addJobIn(at.ctx.db, job('a'))
    const leased = await leaseJob(at.ctx.db, 'build', 'boot', 10)
    if (!leased) throw new Error('no job')
    await releaseJob(at.ctx.db, leased, 10, 'roll_out')
    const next = await leaseJob(at.ctx.db, 'roll_out', 'boot', 10)
    expect(next).toMatchObject({ attempts: 1 })
    await finishJob(at.ctx.db, next?.id ?? '')
    expect(await at.ctx.db.selectFrom('job').selectAll().execute()).toEqual([])
  })
})
