import { describe, expect, test } from 'vitest'
import type { Replica } from '../../../src/core/replica/replica.ts'
import { drainMs, type ObservedReplica, rollOut, type Wanted } from '../../../src/core/replica/roll-out.ts'

const now = 1_000_000

function seen(
  id: string,
  deploymentId: string,
  parts: Partial<Replica> & Partial<ObservedReplica> = {},
): ObservedReplica {
  const { run = 'running', isCrashLooping = false, isBusy = false, isUnasked = false, openConnections, ...row } = parts
  const replica: Replica = {
    id,
    deploymentId,
    instanceId: 'web',
    ordinal: 0,
    wanted: 'run',
    state: 'healthy',
    isRouted: false,
    address: '10.64.0.2',
    exitCode: undefined,
    startedAt: 1,
    healthyAt: 1,
    drainingAt: undefined,
    restartCount: 0,
    createdAt: 1,
    endedAt: undefined,
    ...row,
  }
  return { replica, run, isUnasked, isCrashLooping, isBusy, openConnections }
}

function told(wanted: Wanted, observed: ObservedReplica[], at = now): string[] {
  return rollOut(wanted, observed, at).map((action) => {
    if (action.do === 'create') return `create ${action.deploymentId}/${action.ordinal}`
    if (action.do === 'route')
      return `route [${action.replicaIds}]${action.goLive ? ` then ${action.goLive} is live` : ''}`
    if (action.do === 'fail') return `fail: ${action.cause}`
    return `${action.do} ${action.replica.id}`
  })
}

const live = { deploymentId: 'old', replicas: 1 }
const candidate = { deploymentId: 'new', replicas: 1, readyBefore: now + 60_000, isEnding: false }
const serving = seen('o', 'old', { isRouted: true })

describe('a new release, step by step', () => {
  const cases: Array<[string, Wanted, ObservedReplica[], string[]]> = [
    ['nothing is there yet', { live: undefined, candidate }, [], ['create new/0']],
    ['the old one serves', { live, candidate }, [serving], ['create new/0']],
    [
      'its row was written, then the server died',
      { live, candidate },
      [serving, seen('n', 'new', { run: 'absent', state: 'starting', startedAt: undefined })],
      ['create new/0'],
    ],
    [
      'it was created, then the server died',
      { live, candidate },
      [serving, seen('n', 'new', { run: 'created', state: 'starting' })],
      ['start n'],
    ],
    ['it starts', { live, candidate }, [serving, seen('n', 'new', { state: 'starting' })], ['probe n']],
    ['it is ready', { live, candidate }, [serving, seen('n', 'new')], ['route [n] then new is live']],
    [
      'it was routed, then the server died',
      { live, candidate },
      [seen('o', 'old'), seen('n', 'new', { isRouted: true })],
      ['route [n] then new is live'],
    ],
    [
      'it is live, the old one is not wanted',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [seen('o', 'old', { drainingAt: now - 60 }), seen('n', 'new', { isRouted: true })],
      ['let_go o'],
    ],
    [
      'the server died right after the switch',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [seen('o', 'old', { wanted: 'remove' }), seen('n', 'new', { isRouted: true })],
      ['drain o'],
    ],
    [
      'connections are open',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [
        seen('o', 'old', { wanted: 'remove', drainingAt: now - 60, openConnections: 2 }),
        seen('n', 'new', { isRouted: true }),
      ],
      [],
    ],
    [
      'connections have ended',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [
        seen('o', 'old', { wanted: 'remove', drainingAt: now - 60, openConnections: 0 }),
        seen('n', 'new', { isRouted: true }),
      ],
      ['take_away o'],
    ],
    [
      'the switch is a moment ago',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [
        seen('o', 'old', { wanted: 'remove', drainingAt: now - 10, openConnections: 0 }),
        seen('n', 'new', { isRouted: true }),
      ],
      [],
    ],
    [
      'connections never end',
      { live: { ...live, deploymentId: 'new' }, candidate: undefined },
      [
        seen('o', 'old', { wanted: 'remove', drainingAt: now - drainMs, openConnections: 9 }),
        seen('n', 'new', { isRouted: true }),
      ],
      ['take_away o'],
    ],
  ]
  test.each(cases)('%s', (_, wanted, observed, expected) => {
    expect(told(wanted, observed)).toEqual(expected)
  })

  test('two copies are routed together, not one by one', () => {
    const two = { ...candidate, replicas: 2 }
    const first = seen('n0', 'new')
    expect(
      told({ live, candidate: two }, [serving, first, seen('n1', 'new', { ordinal: 1, state: 'starting' })]),
    ).toEqual(['probe n1'])
    expect(told({ live, candidate: two }, [serving, first, seen('n1', 'new', { ordinal: 1 })])).toEqual([
      'route [n0,n1] then new is live',
    ])
  })
})

describe('a release that cannot become live', () => {
  const starting = seen('n', 'new', { state: 'starting', healthyAt: undefined })
  test('it ends: the old one keeps the route', () => {
    expect(told({ live, candidate }, [serving, { ...starting, run: 'exited' }])).toEqual(['fail: exited'])
  })
  test('it is late', () => {
    expect(told({ live, candidate }, [serving, starting], candidate.readyBefore)).toEqual(['fail: late'])
  })
  test('somebody cancels', () => {
    expect(told({ live, candidate: { ...candidate, isEnding: true } }, [serving, starting])).toEqual(['fail: ending'])
  })
  test('after it failed its replica goes at once, it never had a request', () => {
    expect(
      told({ live, candidate: undefined }, [
        serving,
        { ...starting, replica: { ...starting.replica, wanted: 'remove' } },
      ]),
    ).toEqual(['take_away n'])
  })
  test('the proxy never confirmed: the route goes back before the new one goes', () => {
    const routed = seen('n', 'new', { isRouted: true, wanted: 'remove' })
    expect(told({ live, candidate: undefined }, [seen('o', 'old'), routed])).toEqual(['route [o]'])
  })
})

describe('what serves is kept', () => {
  const wanted: Wanted = { live, candidate: undefined }
  test('all agrees', () => expect(told(wanted, [serving])).toEqual([]))
  test('somebody removed it', () => {
    expect(told(wanted, [seen('o', 'old', { isRouted: true, run: 'absent' })])).toEqual(['forget o', 'route []'])
    expect(told(wanted, [])).toEqual(['create old/0'])
  })
  test('somebody stopped it', () => {
    expect(told(wanted, [seen('o', 'old', { isRouted: true, run: 'exited', state: 'unhealthy' })])).toEqual([
      'start o',
      'route []',
    ])
  })
  test('somebody took it off its network', () => {
    expect(told(wanted, [seen('o', 'old', { isRouted: true, run: 'detached' })])).toEqual(['let_go o', 'route []'])
  })
  test('it ends again and again', () => {
    expect(told(wanted, [seen('o', 'old', { state: 'starting', isCrashLooping: true })])).toEqual(['crash o'])
    expect(told(wanted, [seen('o', 'old', { state: 'crashed', run: 'absent' })])).toEqual([])
  })
  test('one of two ended: the other one serves alone', () => {
    const two: Wanted = { live: { ...live, replicas: 2 }, candidate: undefined }
    const other = seen('p', 'old', { ordinal: 1, isRouted: true })
    expect(told(two, [seen('o', 'old', { state: 'starting', isRouted: true }), other])).toEqual([
      'probe o',
      'route [p]',
    ])
  })
  test('it began anew while nobody looked: its route stays until it was asked', () => {
    const anew = { state: 'starting', isRouted: true } as const
    expect(told(wanted, [seen('o', 'old', { ...anew, isUnasked: true })])).toEqual(['probe o'])
    expect(told(wanted, [seen('o', 'old', anew)])).toEqual(['probe o', 'route []'])
    const unready = seen('n', 'new', { ...anew, isUnasked: true })
    expect(told({ live, candidate }, [serving, unready])).toEqual(['probe n', 'route [o]'])
  })
  test('stopped by its owner: off the route first, then away', () => {
    expect(told({ live: undefined, candidate: undefined }, [serving])).toEqual(['let_go o', 'route []'])
    const off = seen('o', 'old', { wanted: 'remove', drainingAt: now - 100, openConnections: 0 })
    expect(told({ live: undefined, candidate: undefined }, [off])).toEqual(['take_away o'])
  })
  test('what is being taken away is left alone', () => {
    expect(told(wanted, [serving, seen('x', 'older', { wanted: 'remove', isBusy: true })])).toEqual([])
  })
})

test('draining ends also when the clock was set back', () => {
  const old = seen('o', 'old', { wanted: 'remove', drainingAt: now + 60 * 60_000, openConnections: 0 })
  expect(told({ live: undefined, candidate: undefined }, [old])).toEqual(['take_away o'])
})
