import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requestDeployment } from '../../../src/core/deployment/request-deployment.ts'
import { createService } from '../../../src/core/service/create-service.ts'
import { git, repositoriesPath, repositoryPath } from '../../../src/core/source/git.ts'
import { ensureRepository, holdCommit, moveBranch, pinCommit } from '../../../src/core/source/repository.ts'
import { tidyRepositories } from '../../../src/core/source/tidy-repositories.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { world } from '../../support/world.ts'

const author = 'Ada <ada@lantern.test> 1700000000 +0000'

/** A commit without files that differs by its message. */
async function commitIn(path: string, message: string): Promise<string> {
  const tree = (await git(path, ['hash-object', '-w', '-t', 'tree', '--stdin'], { input: '' })).stdout.toString().trim()
  const input = `tree ${tree}\nauthor ${author}\ncommitter ${author}\n\n${message}\n`
  return (await git(path, ['hash-object', '-w', '-t', 'commit', '--stdin'], { input })).stdout.toString().trim()
}

test('commits of kept deployments and branches stay, others are let go, and nothing else is touched', async () => {
  await using settled = await world()
  const { ctx, ada, service } = settled
  const path = await ensureRepository(ctx, service.id)
  const deployed = await commitIn(path, 'deployed')
  const refused = await commitIn(path, 'refused')
  const branch = await commitIn(path, 'branch')
  const commit = { sha: deployed, subject: 'deployed', author: 'Ada' }
  const deployment = await requestDeployment(ctx, ada, {
    instanceId: service.instanceId,
    commit,
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
  for (const sha of [deployed, refused]) await holdCommit(ctx, service.id, sha)
  await pinCommit(ctx, service.id, deployment.id, deployed)
  await pinCommit(ctx, service.id, newId(), refused)
  await moveBranch(ctx, service.id, 'main', branch)
  await tidyRepositories(ctx)
  const { stdout } = await git(path, ['for-each-ref', '--format=%(refname) %(objectname)'])
  expect(stdout.toString().trim().split('\n')).toEqual([
    `refs/handcar/commits/${deployed} ${deployed}`,
    `refs/handcar/deployments/${deployment.id} ${deployed}`,
    `refs/heads/main ${branch}`,
  ])
  expect((await git(path, ['cat-file', '-t', refused])).stdout.toString()).toBe('commit\n')
})

test('one that is damaged does not keep the others from being tidied', async () => {
  await using settled = await world()
  const { ctx, ada, service } = settled
  await settled.clock.advance(5)
  const other = await createService(ctx, ada, { project: 'lantern', service: 'other' })
  const damaged = await ensureRepository(ctx, service.id)
  await writeFile(join(damaged, 'HEAD'), 'garbage')
  const path = await ensureRepository(ctx, other.id)
  await holdCommit(ctx, other.id, await commitIn(path, 'refused'))
  await tidyRepositories(ctx)
  expect((await git(path, ['for-each-ref'])).stdout.toString()).toBe('')
})

test('what a crash left of a repository goes after an hour, whole ones stay', async () => {
  await using settled = await world()
  const { ctx, service } = settled
  await ensureRepository(ctx, service.id)
  const folder = repositoriesPath(ctx)
  const half = `${newId()}.git.stage-abc_-1`
  await mkdir(join(folder, half))
  await tidyRepositories(ctx)
  expect(await readdir(folder)).toContain(half)
  const before = new Date(Date.now() - 2 * 3600_000)
  await utimes(join(folder, half), before, before)
  await tidyRepositories(ctx)
  expect(await readdir(folder)).toEqual([repositoryPath(ctx, service.id).split('/').at(-1)])
})
