import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { listDeployments } from '../../src/core/deployment/read.ts'
import { findServiceForPush } from '../../src/core/service/read.ts'
import { git, repositoryPath } from '../../src/core/source/git.ts'
import { flushPacket, packetLine } from '../../src/core/source/pkt-line.ts'
import { ensureRepository } from '../../src/core/source/repository.ts'
import { type GitServer, gitServer, goLive } from './support/git-server.ts'
import { linesOf, type WorkTree, workTree } from './support/work-tree.ts'

async function refsOf(server: GitServer): Promise<string> {
  const { ctx, service } = server.world
  return (await git(repositoryPath(ctx, service.id), ['for-each-ref', '--format=%(refname)'])).stdout.toString()
}

async function livePush(server: GitServer, tree: WorkTree): Promise<void> {
  server.onDeployment((deployment) => goLive(server, deployment))
  await tree.commit({ 'index.html': 'one' })
  await tree.push(server.remote('lantern/web.git'), 'main')
}

describe('a push is refused and explained', () => {
  test('when nothing follows its branch', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await livePush(server, tree)
    await tree.commit({ 'index.html': 'two' })
    const push = await tree.push(server.remote('lantern/web.git'), 'HEAD:feature')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('! [remote rejected] HEAD -> feature (only main is deployed)')
    expect(linesOf(push).join('\n')).toContain('git push handcar HEAD:main')
    expect(await listDeployments(server.world.ctx, server.world.service)).toHaveLength(1)
  })

  test('for a tag; the branch beside it is deployed', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment((deployment) => goLive(server, deployment))
    await tree.commit({ 'index.html': 'one' })
    await tree.git('tag', 'v1')
    const push = await tree.push(server.remote('lantern/web.git'), 'main', 'v1')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('[remote rejected] v1 -> v1 (tags are not deployed)')
    expect(push.stderr).toMatch(/\[new branch\] +main -> main/)
    expect(await refsOf(server)).not.toContain('refs/tags')
  })

  test('when it has more refs than anybody reads about', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const sha = await tree.commit({ 'index.html': 'one' })
    const tags = Array.from({ length: 1001 }, (_, number) => `${sha}:refs/tags/v${number}`)
    const push = await tree.push(server.remote('lantern/web.git'), 'main', ...tags)
    expect(push.exitCode).toBe(1)
    expect(linesOf(push).join('\n')).toContain('This push has 1002 refs, more than 1000.')
    expect(push.stderr).toContain('main -> main (too many refs in one push)')
  })

  test('when it deletes the branch', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await livePush(server, tree)
    const push = await tree.push(server.remote('lantern/web.git'), ':main')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('(branches are not deleted here)')
    expect(await refsOf(server)).toContain('refs/heads/main')
  })

  test('for a commit without files', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await tree.commit({})
    const push = await tree.push(server.remote('lantern/web.git'), 'main')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('(the commit holds no files)')
    expect(linesOf(push).join('\n')).toMatch(/Why:.*\n.*Do:/)
    expect(await listDeployments(server.world.ctx, server.world.service)).toHaveLength(0)
  })

  test('with an unknown option', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await tree.commit({ a: '1' })
    const push = await tree.push('-o', 'detatch;touch /tmp/pwned', server.remote('lantern/web.git'), 'main')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('(unknown push option)')
    expect(linesOf(push)).toContain(' !     Known are: -o detach, -o no-cache')
    expect(await listDeployments(server.world.ctx, server.world.service)).toHaveLength(0)
  })

  test('from a shallow clone that lacks commits, with the command that helps', async () => {
    await using server = await gitServer()
    await using origin = await workTree()
    await using shallow = await workTree()
    await origin.commit({ a: '1' })
    await origin.commit({ a: '2' })
    await shallow.git('fetch', '--quiet', '--depth=1', `file://${origin.path}`, 'main')
    const push = await shallow.push(server.remote('lantern/web.git'), 'FETCH_HEAD:refs/heads/main')
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('(shallow update not allowed)')
    expect(linesOf(push).join('\n')).toContain('git fetch --unshallow')
  })

  test('for refs of our own and for what is no branch', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const sha = await tree.commit({ a: '1' })
    for (const ref of ['refs/handcar/commits/x', 'refs/for/main', 'refs/replace/x', `refs/replace/${sha}`]) {
      const push = await tree.push(server.remote('lantern/web.git'), `HEAD:${ref}`)
      expect(push.exitCode, ref).toBe(1)
    }
    expect(await refsOf(server)).toBe('')
  })

  test.each([
    'refs/heads/--output=pwn',
    'refs/heads/-h',
    'refs/heads/$(id)',
    'refs/heads/a;id',
    'refs/heads/`id`',
    "refs/heads/a'b",
    'refs/heads/<img/src=x>',
    'refs/heads/a\u202eb',
  ])('for the name %s, which git itself takes', async (ref) => {
    await using server = await gitServer()
    await using tree = await workTree()
    await tree.commit({ a: '1' })
    const push = await tree.push(server.remote('lantern/web.git'), `HEAD:${ref}`)
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('(branch name not allowed)')
    expect(await refsOf(server)).toBe('')
    expect(await listDeployments(server.world.ctx, server.world.service)).toHaveLength(0)
  })

  test('for a tree that leads outside the repository', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const { ctx, service } = server.world
    await tree.commit({ a: '1' })
    const blob = (await tree.git('rev-parse', 'HEAD:a')).stdout.trim()
    const evil = await tree.writeTree(`100644 ..\0`, blob)
    const commit = (await tree.git('commit-tree', '-m', 'x', evil)).stdout.trim()
    const push = await tree.push(server.remote('lantern/web.git'), `${commit}:refs/heads/main`)
    expect(push.exitCode).toBe(1)
    expect(push.stderr).toContain('hasDotdot')
    expect(await listDeployments(ctx, service)).toHaveLength(0)
  })
})

describe('the remote', () => {
  test('asks for a token, takes any user name, and refuses a wrong token', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await tree.commit({ a: '1' })
    const bare = server.remote('lantern/web.git').replace(/\/\/.*@/, '//')
    expect((await fetch(`${bare}/info/refs?service=git-receive-pack`)).headers.get('www-authenticate')).toMatch(
      /^Basic /,
    )
    const wrong = await tree.push(server.remote('lantern/web.git', `hc_${'x'.repeat(43)}`), 'main')
    expect(wrong.exitCode).toBe(128)
    expect(wrong.stderr).not.toContain(server.token)
    for (const path of ['git-receive-pack', 'git-upload-pack', 'info/refs?service=git-upload-pack', 'anything']) {
      expect((await fetch(`${bare}/${path}`, { method: path.startsWith('git') ? 'POST' : 'GET' })).status, path).toBe(
        401,
      )
    }
  })

  test('slows down who guesses, but not the right token beside it, and answers again later', async () => {
    await using server = await gitServer()
    const address = `${server.url}/git/lantern/web.git/info/refs?service=git-receive-pack`
    const get = (token: string) =>
      fetch(address, { headers: { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` } })
    for (let guess = 0; guess < 20; guess += 1) expect((await get(`hc_${guess}`)).status).toBe(401)
    const late = await get('hc_20')
    expect(late.status).toBe(429)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await get(server.token)).status).toBe(200)
    await server.world.clock.advance(61_000)
    expect((await get('hc_21')).status).toBe(401)
  })

  test("keeps teams apart: another team's service is as absent as none", async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    const { ctx, ada, foreign } = server.world
    await ensureRepository(ctx, foreign.id)
    const clone = await tree.git('ls-remote', server.remote('vault/secret.git'))
    expect(clone.stderr).toContain('There is no service vault/secret')
    await tree.commit({ a: '1' })
    await tree.push('-o', 'detach', server.remote('vault/secret.git'), 'main')
    expect((await git(repositoryPath(ctx, foreign.id), ['for-each-ref'])).stdout.toString()).toBe('')
    expect(await findServiceForPush(ctx, ada, 'vault', 'secret')).toMatchObject({ teamId: ada.teamId })
  })

  test.each([
    'Shop/web.git',
    'shop/w_b.git',
    '..%2f..%2fetc/passwd.git',
    'shop/-web.git',
    `shop/${'a'.repeat(41)}.git`,
  ])('says what is wrong with the address %s', async (path) => {
    await using server = await gitServer()
    await using tree = await workTree()
    await tree.commit({ a: '1' })
    const push = await tree.push(server.remote(path), 'main')
    expect(push.exitCode).toBe(128)
    expect(push.stderr).toContain('remote: The address must end in /git/PROJECT/SERVICE.git')
  })

  test('gives clones of what is live, in both protocols, without our own refs', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await using other = await workTree()
    server.onDeployment((deployment) => goLive(server, deployment))
    const sha = await tree.commit({ 'index.html': 'x'.repeat(5000) })
    await tree.git('branch', '--move', 'master')
    await tree.push(server.remote('lantern/web.git'), 'master')
    for (const version of ['0', '2']) {
      const folder = `clone-${version}`
      const clone = await other.git(
        '-c',
        `protocol.version=${version}`,
        'clone',
        server.remote('lantern/web.git'),
        folder,
      )
      expect(clone.exitCode, clone.stderr).toBe(0)
      expect((await other.git('-C', folder, 'rev-parse', 'master')).stdout.trim()).toBe(sha)
    }
    const listed = await other.git('ls-remote', server.remote('lantern/web.git'))
    expect(listed.stdout).toBe(`${sha}\tHEAD\n${sha}\trefs/heads/master\n`)
  })

  test('takes large pushes and packed requests', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    server.onDeployment((deployment) => goLive(server, deployment))
    const noise = Array.from({ length: 200_000 }, (_, at) => ((at * 2654435761) % 4294967296).toString(36)).join('')
    const sha = await tree.commit({ 'noise.txt': noise, 'more.txt': [...noise].reverse().join('') })
    const push = await tree.git('-c', 'http.postBuffer=65536', 'push', server.remote('lantern/web.git'), 'main')
    expect(push.exitCode, push.stderr).toBe(0)
    expect(await refsOf(server)).toContain(`refs/handcar/commits/${sha}`)
  })

  test('takes packed request bodies, and no more of them than is reasonable', async () => {
    await using server = await gitServer()
    await using tree = await workTree()
    await livePush(server, tree)
    const sha = (await tree.git('rev-parse', 'main')).stdout.trim()
    const headers = {
      authorization: `Basic ${Buffer.from(`x:${server.token}`).toString('base64')}`,
      'content-type': 'application/x-git-upload-pack-request',
      'content-encoding': 'gzip',
    }
    const ask = (body: Buffer) =>
      fetch(`${server.url}/git/lantern/web.git/git-upload-pack`, { method: 'POST', headers, body: gzipSync(body) })
    const wanted = Buffer.concat([packetLine(`want ${sha} ofs-delta\n`), flushPacket, packetLine('done\n')])
    expect(await (await ask(wanted)).text()).toContain('PACK')
    const bomb = Buffer.concat([packetLine(`want ${sha}\n`), Buffer.alloc(80 * 1024 * 1024, '0032have')])
    await (await ask(bomb)).text().catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    expect(await (await ask(wanted)).text()).toContain('PACK')
  })

  test.each([
    ['no gzip at all', 'gzip', Buffer.from('garbage!')],
    ['gzip that breaks off', 'gzip', gzipSync(Buffer.alloc(100_000, '0032have')).subarray(0, 60)],
    ['lines that git cannot read', 'identity', Buffer.from('zzzz')],
  ])('outlives a body of %s', async (_, encoding, body) => {
    await using server = await gitServer()
    await using tree = await workTree()
    await livePush(server, tree)
    const authorization = `Basic ${Buffer.from(`x:${server.token}`).toString('base64')}`
    for (const service of ['git-receive-pack', 'git-upload-pack']) {
      const headers = {
        authorization,
        'content-type': `application/x-${service}-request`,
        'content-encoding': encoding,
      }
      const answer = fetch(`${server.url}/git/lantern/web.git/${service}`, { method: 'POST', headers, body })
      await answer.then((found) => found.text()).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    }
    const clone = await tree.git('ls-remote', server.remote('lantern/web.git'))
    expect(JSON.stringify(clone)).toContain('refs/heads/main')
  })

  test('takes a body of the right type only', async () => {
    await using server = await gitServer()
    const authorization = `Basic ${Buffer.from(`x:${server.token}`).toString('base64')}`
    for (const service of ['git-receive-pack', 'git-upload-pack']) {
      const address = `${server.url}/git/shop/front.git/${service}`
      const headers = { authorization, 'content-type': 'text/plain' }
      expect((await fetch(address, { method: 'POST', headers, body: '0000' })).status).toBe(422)
    }
    expect(await findServiceForPush(server.world.ctx, server.world.ada, 'shop', 'front')).toBeUndefined()
  })
})
