import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rebuild, redeploy, restart } from '../../../src/core/deployment/again.ts'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import { type DeploymentState, isOpen, nextStates } from '../../../src/core/deployment/deployment.ts'
import { failures } from '../../../src/core/deployment/failure.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { moveIn } from '../../../src/core/deployment/store.ts'
import { type SettledWorld, world } from '../../support/world.ts'

let at: SettledWorld
beforeEach(async () => {
  at = await world()
})
afterEach(() => at.close())

const push = (sha: string) =>
  requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: 'A lamp', author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: false,
  })

describe('states', () => {
  test('an ended deployment never moves again, but for what was live', () => {
    for (const [state, next] of Object.entries(nextStates)) {
      if (!isOpen(state as DeploymentState)) expect(next).toEqual(state === 'live' ? ['removed'] : [])
    }
  })
  test('the table reads as it is documented', () => expect(nextStates).toMatchSnapshot())

  test('a move from a state that it has left does nothing', async () => {
    const { id } = await push('a'.repeat(40))
    const first = await at.ctx.db.transaction().execute((tx) => moveIn(tx, id, { from: 'queued', to: 'building' }, 1))
    const second = await at.ctx.db.transaction().execute((tx) => moveIn(tx, id, { from: 'queued', to: 'canceled' }, 2))
    expect([first, second]).toEqual([true, false])
    expect((await getDeploymentById(at.ctx, id)).state).toBe('building')
  })
  test('a move that the table does not know is our own mistake', async () => {
    const { id } = await push('a'.repeat(40))
    const wrong = at.ctx.db.transaction().execute((tx) => moveIn(tx, id, { from: 'queued', to: 'live' }, 1))
    await expect(wrong).rejects.toThrow(/never goes from queued to live/)
  })
})

describe('a request', () => {
  test('leaves deployment, job and event, counted up per instance', async () => {
    const one = await push('a'.repeat(40))
    const two = await push('b'.repeat(40))
    expect([one.number, two.number]).toEqual([1, 2])
    expect(await at.ctx.db.selectFrom('job').select(['subjectId', 'lane']).execute()).toEqual([
      { subjectId: one.id, lane: 'build' },
      { subjectId: two.id, lane: 'build' },
    ])
    const events = await at.ctx.db.selectFrom('event').select('kind').where('subjectId', '=', one.id).execute()
    expect(events.map(({ kind }) => kind)).toEqual(['deployment.requested', 'deployment.superseded'])
  })
  test('of a waiting one ends it at once when a newer one comes', async () => {
    const one = await push('a'.repeat(40))
    await push('b'.repeat(40))
    expect(await getDeploymentById(at.ctx, one.id)).toMatchObject({
      state: 'superseded',
      supersededBy: 2,
      code: 'deploy.superseded',
      why: 'Deployment #2 of this service was asked for meanwhile.',
    })
  })
  test('twice at once makes one of the same commit', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => push('a'.repeat(40))))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
  })
  test('to cancel what has ended is a conflict', async () => {
    const one = await push('a'.repeat(40))
    await cancel(at.ctx, at.ada, one)
    await expect(cancel(at.ctx, at.ada, await getDeploymentById(at.ctx, one.id))).rejects.toMatchObject({
      kind: 'conflict',
    })
  })
  test('to redeploy what was never built says so', async () => {
    await cancel(at.ctx, at.ada, await push('a'.repeat(40)))
    await expect(redeploy(at.ctx, at.ada, at.service)).rejects.toMatchObject({ code: 'deployment.never_built' })
    expect(await rebuild(at.ctx, at.ada, at.service)).toMatchObject({ number: 2, commitSha: 'a'.repeat(40) })
  })
  test('for a service that was never deployed says to push first', async () => {
    await expect(redeploy(at.ctx, at.ada, at.service)).rejects.toMatchObject({ code: 'deployment.none_yet' })
    await expect(restart(at.ctx, at.ada, at.service)).rejects.toMatchObject({ code: 'deployment.none_yet' })
  })
})

test.each(Object.entries(failures))('%s says what failed, why and what to do', (_, text) => {
  expect(text.title).toMatch(/^[A-Z].{4,60}[^.]$/)
  expect(text.why).toMatch(/^[A-Z].+\.$/)
  for (const step of text.hint.split('\n')) expect(step).toMatch(/^[A-Z].+\.$/)
})
