import { expect, test } from 'vitest'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { commitFiles, startServer } from '../../support/mover.ts'
import { reach } from '../../support/pushes.ts'
import { world } from '../../support/world.ts'

test('a commit whose files cannot be sent fails with that reason, not with a mistake of the server', async () => {
  await using at = await world()
  await using server = await startServer(at)
  const sha = await commitFiles(at.ctx, at.service.id, {
    Dockerfile: 'FROM scratch\n',
    '.dockerignore': '**/*a\n'.repeat(80_000),
    ['b'.repeat(200)]: '',
  })
  const deployment = await requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: 'Many rules', author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
  expect(await reach(at, server, deployment, 'failed')).toMatchObject({
    code: 'build.failed',
    why: expect.stringContaining('rules of .dockerignore are too many'),
    hint: expect.stringContaining('simpler rules'),
  })
})
