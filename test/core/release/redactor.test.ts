import { expect, test } from 'vitest'
import { redactorFor } from '../../../src/core/release/redactor.ts'
import { setVariable } from '../../../src/core/variable/save-variables.ts'
import { world } from '../../support/world.ts'

test('values are masked, but for those of names that everybody knows to be no secret', async () => {
  await using at = await world()
  await setVariable(at.ctx, at.ada, at.service, { name: 'NODE_ENV', value: 'production' })
  await setVariable(at.ctx, at.ada, at.service, { name: 'API_KEY', value: 'staging-key' })
  const redact = await redactorFor(at.ctx, at.service.instanceId, [])
  expect(redact('production with staging-key')).toBe('production with [API_KEY]')
})
