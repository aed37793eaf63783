import { expect, test } from 'vitest'
import { conditionOf } from '../../../src/core/service/condition.ts'

const live = { isStopped: false, hasLive: true, hasOpen: false }

test.each([
  [{ isStopped: false, hasLive: false, hasOpen: false, replicas: [] }, 'never_deployed'],
  [{ isStopped: false, hasLive: false, hasOpen: true, replicas: [] }, 'starting'],
  [{ isStopped: true, hasLive: false, hasOpen: false, replicas: [] }, 'stopped'],
  [{ ...live, replicas: [] }, 'stopped'],
  [{ ...live, replicas: ['healthy'] as const }, 'active'],
  [{ ...live, replicas: ['healthy', 'healthy'] as const }, 'active'],
  [{ ...live, replicas: ['healthy', 'crashed'] as const }, 'degraded'],
  [{ ...live, replicas: ['healthy', 'starting'] as const }, 'degraded'],
  [{ ...live, replicas: ['crashed', 'starting'] as const }, 'crashed'],
  [{ ...live, replicas: ['starting'] as const }, 'starting'],
  [{ ...live, replicas: ['unhealthy'] as const }, 'degraded'],
])('%j is %s', (parts, condition) => {
  expect(conditionOf({ ...parts, replicas: [...parts.replicas] })).toBe(condition)
})
