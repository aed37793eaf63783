import { expect, test } from 'vitest'
import { cancel } from '../../../src/core/deployment/cancel.ts'
import { getDeploymentById } from '../../../src/core/deployment/read.ts'
import { startServer } from '../../support/mover.ts'
import { pushVersion, reach } from '../../support/pushes.ts'
import { world } from '../../support/world.ts'

test('a cancel that comes when it has just gone live is refused and leaves no mark', async () => {
  await using at = await world()
  await using server = await startServer(at)
  const deployment = await pushVersion(at, '1')
  const seen = await reach(at, server, deployment, 'starting')
  await reach(at, server, deployment, 'live')
  await expect(cancel(at.ctx, at.ada, seen)).rejects.toMatchObject({ code: 'deployment.already_ended' })
  expect((await getDeploymentById(at.ctx, deployment.id)).isCancelRequested).toBe(false)
})
