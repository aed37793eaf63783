import { expect, test } from 'vitest'
import { tellChanged } from '../../src/core/ctx.ts'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { appendLog } from '../../src/core/deployment/deployment-log.ts'
import { move, updateIn } from '../../src/core/deployment/store.ts'
import { git, repositoryPath } from '../../src/core/source/git.ts'
import { moveBranch } from '../../src/core/source/repository.ts'
import { type GitServer, gitServer } from './support/git-server.ts'
import { workTree } from './support/work-tree.ts'

async function goLive(server: GitServer, deployment: Deployment, serviceId: string): Promise<void> {
  const { ctx, clock } = server.world
  await move(ctx, deployment, { from: 'queued', to: 'building' })
  await appendLog(ctx, deployment.id, '-----> Building with the Dockerfile\nnpm install\nadded 3 packages')
  await clock.advance(4_000)
  await move(ctx, deployment, { from: 'building', to: 'releasing' })
  await move(ctx, deployment, { from: 'releasing', to: 'starting' })
  await appendLog(ctx, deployment.id, '-----> Starting')
  await move(ctx, deployment, { from: 'starting', to: 'live' })
  await moveBranch(ctx, serviceId, deployment.branch, deployment.commitSha)
  await updateIn(ctx.db, deployment.id, { branchMovedAt: ctx.clock.now() })
  tellChanged(ctx, deployment.instanceId)
}

test('a push follows its deployment and ends with the address of the app', async () => {
  await using server = await gitServer()
  await using tree = await workTree()
  const { ctx, service } = server.world
  server.onDeployment((deployment) => goLive(server, deployment, service.id))
  const sha = await tree.commit({ 'index.html': '<h1>hello</h1>\n' }, 'Say hello')
  const push = await tree.git('push', server.remote('lantern/web.git'), 'main')
  console.log(push.stderr)
  expect(push.exitCode).toBe(0)
  const refs = await git(repositoryPath(ctx, service.id), ['for-each-ref', '--format=%(refname) %(objectname)'])
  expect(refs.stdout.toString()).toBe(
    [`refs/handcar/commits/${sha} ${sha}`, `refs/handcar/deployments/1 ${sha}`, `refs/heads/main ${sha}`, ''].join(
      '\n',
    ),
  )
})
