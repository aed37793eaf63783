import { describe, expect, test } from 'vitest'
import { tellChanged } from '../../src/core/ctx.ts'
import { cancel } from '../../src/core/deployment/cancel.ts'
import type { Deployment } from '../../src/core/deployment/deployment.ts'
import { appendLog } from '../../src/core/deployment/deployment-log.ts'
import { endInLog } from '../../src/core/deployment/ending.ts'
import { endingOf } from '../../src/core/deployment/failure.ts'
import { move } from '../../src/core/deployment/move.ts'
import { getDeployment, listDeployments } from '../../src/core/deployment/read.ts'
import { endIn } from '../../src/core/deployment/store.ts'
import { findServiceForPush } from '../../src/core/service/read.ts'
import { git, repositoryPath } from '../../src/core/source/git.ts'
import { type GitServer, gitServer, goLive } from './support/git-server.ts'
import { linesOf, workTree } from './support/work-tree.ts'

async function failBuild(server: GitServer, deployment: Deployment): Promise<void> {
  const { ctx, clock } = server.world
  await move(ctx, deployment, { from: 'queued', to: 'building' })
  await appendLog(ctx, deployment.id, '-----> Building with the Dockerfile\nModule not found: GiftCard')
  await clock.advance(38_000)
  const building = { ...deployment, state: 'building' as const }
  const ending = { code: 'build.failed' as const, why: 'npm run build ended with exit code 1.', hint: 'Fix it.' }
  await endInLog(ctx, building, ending)
  await ctx.db.transaction().execute((tx) => endIn(tx, building, ending, ctx.clock.now()))
  tellChanged(ctx, deployment.instanceId)
}

/** A cancel or an overtaking, as the worker meets it in the middle of a build. */
async function endAsAsked(server: GitServer, before: Deployment): Promise<void> {
  const { ctx, service } = server.world
  const deployment = await getDeployment(ctx, service, before.number)
  const ending = endingOf(deployment.supersededBy)
  await endInLog(ctx, deployment, ending)
  await ctx.db.transaction().execute((tx) => endIn(tx, deployment, ending, ctx.clock.now()))
  tellChanged(ctx, deployment.instanceId)
}

async function refsOf(server: GitServer): Promise<string[]> {
  const path = repositoryPath(server.world.ctx, server.world.service.id)
  const { stdout } = await git(path, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags'])
  return stdout.toString().split('\n').filter(Boolean)
}

describe('a push', () => {
  test('follows its deployment, ends with the address of the app, and moves the branch', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment((deployment) => goLive(server, deployment))
    const sha = await tree.commit({ 'index.html': 'hello' }, 'Say hello')
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(linesOf(push)).toEqual([
      '-----> Deploying lantern / production / web, deployment #1',
      '       Ctrl-C stops this output, not the deployment. Watch or cancel it:',
      '       http://localhost/p/lantern/production/s/web/d/1',
      '-----> Building with the Dockerfile',
      '       npm install',
      '       added 3 packages',
      '-----> Starting',
      '       Files that the app writes are lost at each deploy.',
      '       Log: http://localhost/p/lantern/production/s/web/d/1',
      '=====> Live in 4.0 s: http://web-lantern.localhost',
    ])
    expect(push.exitCode).toBe(0)
    expect(await refsOf(server)).toEqual([`refs/heads/main ${sha}`])
    const [deployment] = await listDeployments(server.world.ctx, server.world.service)
    expect(deployment).toMatchObject({ number: 1, commitSha: sha, commitSubject: 'Say hello', commitAuthor: 'Ada' })
    expect(deployment).toMatchObject({ branch: 'main', actor: 'laptop', noCache: false })
  })

  test('that fails says why, what to do, where the log is and what still serves; the ref is refused', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment((deployment) =>
      deployment.number === 1 ? goLive(server, deployment) : failBuild(server, deployment),
    )
    const first = await tree.commit({ 'index.html': 'one' })
    await tree.push(server.remote('lantern/web.git'), 'main')
    await tree.commit({ 'index.html': 'two' })
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('! [remote rejected] main -> main (the build failed, see above)')
    expect(linesOf(push)).toContain('       #1 keeps serving until #2 is ready.')
    expect(linesOf(push).slice(-6)).toEqual([
      '       Module not found: GiftCard',
      ' !     The build failed (after 38 s).',
      ' !     #1 keeps serving http://web-lantern.localhost',
      ' !     Why:  npm run build ended with exit code 1.',
      ' !     Do:   Fix it.',
      ' !     Log:  http://localhost/p/lantern/production/s/web/d/2',
    ])
    expect(await refsOf(server)).toEqual([`refs/heads/main ${first}`])
  })

  test('to a name that does not exist makes project and service, but not before anything is sent', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const { ctx, ada } = server.world
    server.onDeployment((deployment) => goLive(server, deployment))
    await tree.commit({ 'index.html': 'hello' })
    const listing = await tree.git('ls-remote', server.remote('shop/front.git'))
    expect(listing.exitCode).toBe(128)
    expect(await findServiceForPush(ctx, ada, 'shop', 'front')).toBeUndefined()
    const dry = await tree.push('--dry-run', server.remote('shop/front.git'), 'main')
    expect(dry.exitCode).toBe(0)
    expect(await findServiceForPush(ctx, ada, 'shop', 'front')).toBeUndefined()
    const push = await tree.push(server.remote('shop/front.git'), 'main')
    expect(push.exitCode).toBe(0)
    expect(linesOf(push).at(-1)).toContain('http://front-shop.localhost')
    expect(await findServiceForPush(ctx, ada, 'shop', 'front')).toMatchObject({ branch: 'main' })
  })

  test('that is detached is taken at once, and its branch moves at once', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const sha = await tree.commit({ 'index.html': 'hello' })
    const push = await tree.push('-o', 'detach', '-o', 'no-cache', server.remote('lantern/web.git'), 'main')
    expect(push.exitCode).toBe(0)
    expect(linesOf(push).at(-2)).toBe('=====> Accepted, going on without you:')
    expect(linesOf(push).at(-1)).toBe('       http://localhost/p/lantern/production/s/web/d/1')
    expect(await refsOf(server)).toEqual([`refs/heads/main ${sha}`])
    const [deployment] = await listDeployments(server.world.ctx, server.world.service)
    expect(deployment).toMatchObject({ state: 'queued', noCache: true, movesBranch: false })
  })

  test('of a commit that is on its way attaches to it', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const asked: number[] = []
    const bothPushed = Promise.withResolvers<void>()
    server.onDeployment(async (deployment) => {
      asked.push(deployment.number)
      await bothPushed.promise
      await goLive(server, deployment)
    })
    await tree.commit({ 'index.html': 'hello' })
    const first = tree.push(server.remote('lantern/web.git'), 'main')
    await expect.poll(() => asked).toEqual([1])
    const second = tree.startGit('push', server.remote('lantern/web.git'), 'main')
    let said = ''
    second.stderr.on('data', (bytes) => {
      said += String(bytes)
    })
    second.stdout.resume()
    await expect.poll(() => said).toContain('This commit is on its way already')
    bothPushed.resolve()
    expect((await first).exitCode).toBe(0)
    expect((await second.ended).exitCode).toBe(0)
    expect(said).toContain('=====> Live in 4.0 s')
    expect(asked).toEqual([1])
  })

  test('that is overtaken says by which, and fails', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const asked: number[] = []
    server.onDeployment(async (deployment) => {
      asked.push(deployment.number)
      if (deployment.number === 2) return goLive(server, deployment)
      await move(server.world.ctx, deployment, { from: 'queued', to: 'building' })
    })
    await tree.commit({ 'index.html': 'one' })
    const first = tree.push(server.remote('lantern/web.git'), 'main')
    await expect.poll(() => asked).toEqual([1])
    const sha = await tree.commit({ 'index.html': 'two' })
    const second = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(second.exitCode).toBe(0)
    await endAsAsked(server, await getDeployment(server.world.ctx, server.world.service, 1))
    const overtaken = await first
    expect(overtaken.exitCode).toBe(1)
    expect(linesOf(overtaken)).toContain(' !     Superseded by #2')
    expect(overtaken.stderr).toContain('(superseded by #2)')
    expect(await refsOf(server)).toEqual([`refs/heads/main ${sha}`])
  })

  test('that is canceled on the page says so, and fails', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment((deployment) => cancel(server.world.ctx, server.world.ada, deployment))
    await tree.commit({ 'index.html': 'one' })
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(push.exitCode).toBe(1)
    expect(linesOf(push)).toContain(' !     Canceled.')
  })

  test('says something at least every ten seconds', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const { ctx, clock } = server.world
    server.onDeployment(async (deployment) => {
      await move(ctx, deployment, { from: 'queued', to: 'building' })
    })
    await tree.commit({ 'index.html': 'one' })
    const push = tree.startGit('push', server.remote('lantern/web.git'), 'main')
    let said = ''
    push.stderr.on('data', (bytes) => {
      said += String(bytes)
    })
    push.stdout.resume()
    await expect.poll(() => said).toContain('/d/1')
    await clock.advance(10_000)
    await expect.poll(() => said).toContain('still building, 10 s')
    await clock.advance(10_000)
    await expect.poll(() => said).toContain('still building, 20 s')
    push.kill('SIGKILL')
    await push.ended
  })

  test('that is interrupted leaves its deployment running', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const { ctx, service } = server.world
    const sha = await tree.commit({ 'index.html': 'one' })
    const push = tree.startGit('push', server.remote('lantern/web.git'), 'main')
    let said = ''
    push.stderr.on('data', (bytes) => {
      said += String(bytes)
    })
    push.stdout.resume()
    await expect.poll(() => said).toContain('Ctrl-C stops this output, not the deployment.')
    push.kill('SIGINT')
    await push.ended
    await server.isQuiet()
    const deployment = await getDeployment(ctx, service, 1)
    expect(deployment).toMatchObject({ state: 'queued', isCancelRequested: false })
    await goLive(server, deployment)
    expect(await refsOf(server)).toEqual([`refs/heads/main ${sha}`])
  })

  test('shows nothing of a commit or a program that could steer a terminal', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment(async (deployment) => {
      await appendLog(server.world.ctx, deployment.id, `-----> Fetching ${deployment.commitSubject}`)
      await appendLog(server.world.ctx, deployment.id, 'bell\u0007 \u001b[2Jgone \u009b31m \u202eturned')
      await goLive(server, deployment)
    })
    await tree.commit({ a: '1' }, 'Red \u001b[31malert\u001b]0;owned\u0007')
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(push.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202e]/)
    expect(push.stderr.replaceAll('\u001b[K', '')).not.toContain('\u001b')
    expect(linesOf(push)).toContain('-----> Fetching Red alert')
  })

  test('never has a line of more than 80 columns', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment(async (deployment) => {
      await appendLog(server.world.ctx, deployment.id, `-----> ${'word '.repeat(60)}\n${'x'.repeat(500)}`)
      await failBuild(server, deployment)
    })
    await tree.commit({ a: '1' })
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    const longest = Math.max(...linesOf(push).map((line) => `remote: ${line}`.length))
    expect(longest).toBeLessThanOrEqual(80)
  })
})
