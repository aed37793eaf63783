import { expect, test } from 'vitest'
import { deleteService } from '../../../src/core/service/delete-service.ts'
import { pushVersion } from '../../support/pushes.ts'
import { world } from '../../support/world.ts'

test('a push that was on its way when its service was deleted is refused, not deployed', async () => {
  await using at = await world()
  await deleteService(at.ctx, at.ada, at.service, 'web')
  await expect(pushVersion(at, '1')).rejects.toMatchObject({ kind: 'not_found' })
  expect(await at.ctx.db.selectFrom('deployment').select('id').execute()).toEqual([])
})
