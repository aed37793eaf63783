import { describe, expect, test } from 'vitest'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { failures } from '../../src/core/deployment/failure.ts'
import { marksOf, type StageFacts, servedMeanwhile, stagesOf, usualBuildOf } from '../../views/deployment/stages.ts'
import { deploymentWords, failedWord } from '../../views/words.ts'
import * as sample from './samples.ts'

const facts: StageFacts = {
  now: sample.now,
  marks: {},
  replicas: [],
  settings: { healthPath: '/healthz', port: undefined, replicas: 1 },
  serving: 41,
  usualBuildMs: 70_000,
}
const states = (deployment: Deployment, more: Partial<StageFacts> = {}) =>
  Object.fromEntries(stagesOf(deployment, { ...facts, ...more }).map(({ name, state }) => [name, state]))
const nowOf = (deployment: Deployment, more: Partial<StageFacts> = {}) =>
  stagesOf(deployment, { ...facts, ...more }).find(({ state }) => state === 'now')?.name

const replica = (state: 'starting' | 'healthy') => ({ deploymentNumber: 42, state, address: undefined })

describe('stages', () => {
  test('of what does not build have no fetch and no build', () => {
    for (const trigger of ['restart', 'redeploy', 'rollback'] as const) {
      expect(Object.keys(states({ ...sample.live, trigger }))).toEqual([
        'Queue',
        'Start',
        'Health check',
        'Switch traffic',
      ])
    }
    expect(Object.keys(states({ ...sample.live, trigger: 'rebuild' }))).toContain('Build')
  })

  test('move on with the rows, the replicas and the log', () => {
    expect(nowOf(sample.queued)).toBe('Queue')
    expect(nowOf(sample.building, { marks: { fetching: sample.now } })).toBe('Fetch')
    expect(nowOf(sample.building, { marks: { fetching: 1, building: 2 } })).toBe('Build')
    expect(nowOf({ ...sample.building, state: 'releasing', builtAt: sample.now })).toBe('Start')
    expect(nowOf(sample.starting)).toBe('Start')
    expect(nowOf(sample.starting, { replicas: [replica('starting')] })).toBe('Health check')
    expect(nowOf(sample.starting, { replicas: [replica('healthy')] })).toBe('Switch traffic')
    expect(nowOf(sample.live)).toBeUndefined()
  })

  test('show where it failed', () => {
    expect(states(sample.failed)).toMatchObject({ Queue: 'done', Build: 'fail', Start: 'todo' })
    const started = { ...sample.failed, builtAt: 1, startingAt: 2 }
    expect(states({ ...started, code: 'app.exited' })).toMatchObject({ Build: 'done', Start: 'fail' })
    expect(states({ ...started, code: 'health.bad_status' })).toMatchObject({ Start: 'done', 'Health check': 'fail' })
    expect(states({ ...started, code: 'app.wrong_port' })).toMatchObject({ 'Health check': 'fail' })
    expect(Object.values(states(sample.canceled))).not.toContain('fail')
  })

  test('take their moments from the steps of the log', () => {
    const line = (at: number, text: string) => ({ number: at, at, text })
    const marks = marksOf([
      line(1, '-----> Fetching 8f3c2d1'),
      line(2, '-----> Building with node'),
      line(3, 'Building castles'),
      line(4, '-----> Health check passed: GET /'),
      line(5, '-----> Health check passed: GET /'),
      line(6, '-----> Switching traffic'),
    ])
    expect(marks).toEqual({ fetching: 1, building: 2, ready: 5, switching: 6 })
  })
})

test('the usual time of a build is the median of those that went through', () => {
  const built = (ms: number) => ({ ...sample.live, buildingAt: 1_000, builtAt: 1_000 + ms })
  expect(usualBuildOf([])).toBeUndefined()
  expect(usualBuildOf([sample.failed, built(30), built(10), built(20)])).toBe(20)
})

test('the usual time is told only while it means something', () => {
  const noteAfter = (ms: number, usualBuildMs: number) => {
    const open = { ...sample.building, buildingAt: facts.now - ms }
    return stagesOf(open, { ...facts, marks: {}, usualBuildMs }).find(({ name }) => name === 'Build')?.note
  }
  expect(noteAfter(10_000, 70_000)).toBe(' of ~1:10')
  expect(noteAfter(80_000, 70_000)).toBe('')
  expect(noteAfter(100, 900)).toBe('')
})

test('what kept serving is the deployment that was live when the other one ended', () => {
  const all = sample.items.map(({ deployment }) => deployment)
  expect(servedMeanwhile(sample.failed, all)?.number).toBe(39)
  expect(servedMeanwhile({ ...sample.failed, endedAt: sample.now }, all)?.number).toBe(41)
  expect(servedMeanwhile(sample.failed, [sample.failed])).toBeUndefined()
})

test('every state has a word, and states that look alike have different words', () => {
  const words = Object.values(deploymentWords).map(({ word }) => word)
  expect(new Set(words).size).toBe(words.length)
  expect([deploymentWords.live.word, deploymentWords.removed.word]).toEqual(['Active', 'Retired'])
})

test.each(Object.keys(failures) as Array<keyof typeof failures>)('%s has a badge, a title and steps', (code) => {
  expect(failedWord(code)).not.toBe('')
  expect(failures[code].title).not.toMatch(/\.$/)
  expect(failures[code].hint.split('\n').every((step) => /[.]$/.test(step))).toBe(true)
})

test('the check that will come is named by its path, else by its port as far as it is known', () => {
  const noteOf = (settings: StageFacts['settings']) =>
    stagesOf(sample.building, { ...facts, settings }).find(({ name }) => name === 'Health check')?.note
  expect(noteOf({ healthPath: '/healthz', port: 8080, replicas: 1 })).toBe('GET /healthz')
  expect(noteOf({ healthPath: undefined, port: 8080, replicas: 1 })).toBe('port 8080 answers')
  expect(noteOf({ healthPath: undefined, port: undefined, replicas: 1 })).toBe('its port answers')
})
