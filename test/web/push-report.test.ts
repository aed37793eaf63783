import { describe, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { endingLines, refusalOf, reminder, reportPush } from '../../src/web/push-report.ts'
import { pushVersion } from '../support/pushes.ts'
import { world } from '../support/world.ts'

const deployment: Deployment = {
  id: 'id',
  instanceId: 'instance',
  number: 42,
  state: 'live',
  step: '',
  trigger: 'push',
  commitSha: 'a'.repeat(40),
  commitSubject: 'Say hello',
  commitAuthor: 'Ada',
  branch: 'main',
  actor: 'laptop',
  fromDeploymentId: undefined,
  imageId: undefined,
  releaseId: undefined,
  noCache: false,
  movesBranch: true,
  isBranchMoved: true,
  code: undefined,
  why: undefined,
  hint: undefined,
  supersededBy: undefined,
  isCancelRequested: false,
  createdAt: 0,
  buildingAt: 1_000,
  builtAt: undefined,
  startingAt: undefined,
  liveAt: 58_200,
  endedAt: undefined,
}
const place = { page: 'http://panel/d/42', url: 'http://web-lantern.localhost', serving: 41 }
const notLive = { ...deployment, liveAt: undefined, endedAt: 38_400 }

describe('the end of a push', () => {
  test('of a live deployment is its address, and the ref is taken', () => {
    const lines = endingLines(deployment, place)
    expect(lines.at(-1)).toBe('=====> Live in 58 s: http://web-lantern.localhost')
    expect(lines).toContain('Files that the app writes are lost at each deploy.')
    expect(refusalOf(deployment)).toBeUndefined()
    expect(refusalOf({ ...deployment, state: 'removed' })).toBeUndefined()
  })

  test('of a failed one says what failed, what serves, why, what to do and where the log is', () => {
    const failed = {
      ...notLive,
      state: 'failed' as const,
      code: 'app.wrong_port' as const,
      why: 'Port 8080.\nNot 3000.',
    }
    expect(endingLines(failed, place)).toEqual([
      ' !     The app listens on another port (after 38 s).',
      ' !     #41 keeps serving http://web-lantern.localhost',
      ' !     Why:  Port 8080.',
      ' !           Not 3000.',
      ' !     Do:   Listen on the port in the PORT variable.',
      ' !           Or set the port in Settings, then redeploy.',
      ' !     Log:  http://panel/d/42',
    ])
    expect(refusalOf(failed)).toBe('the app listens on another port, see above')
  })

  test('keeps the name of Handcar in the short reason', () => {
    const failed = { ...notLive, state: 'failed' as const, code: 'build.no_builder' as const }
    expect(refusalOf(failed)).toBe('Handcar does not know how to build this, see above')
  })

  test('of the very first one says that nothing served before', () => {
    const failed = { ...notLive, state: 'failed' as const, code: 'build.failed' as const }
    expect(endingLines(failed, { ...place, serving: undefined })[1]).toContain('Nothing was serving before.')
  })

  test('of an overtaken one names the newer', () => {
    const superseded = { ...notLive, state: 'superseded' as const, supersededBy: 43 }
    expect(endingLines(superseded, place)[0]).toBe(' !     Superseded by #43')
    expect(refusalOf(superseded)).toBe('superseded by #43')
  })

  test('of a canceled one says so', () => {
    const canceled = { ...notLive, state: 'canceled' as const }
    expect(endingLines(canceled, place).slice(0, 2)).toEqual([
      ' !     Canceled.',
      ' !     #41 keeps serving http://web-lantern.localhost',
    ])
    expect(refusalOf(canceled)).toBe('deployment #42 was canceled')
  })
})

test.each([
  ['queued', {}, 'still waiting for another build, 40 s'],
  ['building', { buildingAt: 5_000 }, 'still building, 35 s'],
  ['starting', { buildingAt: 5_000, startingAt: 30_500 }, 'still starting, 9.5 s'],
] as const)('a long silence while %s is broken with the true time', (state, times, line) => {
  expect(reminder({ ...notLive, buildingAt: undefined, state, ...times }, 40_000)).toBe(line)
})

test('a reminder whose deployment is gone ends nothing but itself', async () => {
  await using at = await world()
  const asked = await pushVersion(at, '1')
  const commit = { sha: asked.commitSha, subject: 'Say hello', author: 'Ada', isEmpty: false }
  const about = { service: at.service, ref: 'refs/heads/main', branch: 'main', isAttached: false, isDetached: false }
  const gone = new AbortController()
  const accepted = { ...about, commit, deployment: asked }
  const report = reportPush(at.ctx, { accepted, refused: [] }, { say: () => undefined, signal: gone.signal })
  const ended = expect(report).rejects.toMatchObject({ kind: 'not_found' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  await at.ctx.db.deleteFrom('job').execute()
  await at.ctx.db.deleteFrom('deployment').where('id', '=', asked.id).execute()
  // Its silence is over: it looks for the row. A rejection that nobody hears would fail this run.
  await at.clock.advance(10_500)
  await new Promise((resolve) => setTimeout(resolve, 100))
  gone.abort()
  await ended
})
