import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createToken } from '../../../src/core/account/token.ts'
import { tellChanged, topics } from '../../../src/core/ctx.ts'
import type { Deployment } from '../../../src/core/deployment/deployment.ts'
import { appendLog } from '../../../src/core/deployment/deployment-log.ts'
import { move } from '../../../src/core/deployment/move.ts'
import { openDeploymentsIn, updateIn } from '../../../src/core/deployment/store.ts'
import { getInstance } from '../../../src/core/service/read.ts'
import { moveBranch } from '../../../src/core/source/repository.ts'
import type { Assets } from '../../../src/web/env.ts'
import { gitRemote } from '../../../src/web/git-remote.ts'
import { type SettledWorld, world } from '../../support/world.ts'

/** Ada's world with the git remote listening on loopback, and a stand-in for the worker that a test steers. */
export interface GitServer extends AsyncDisposable {
  world: SettledWorld
  url: string
  /** Plain token of Ada. */
  token: string
  remote(path: string, token?: string): string
  /** Called with each deployment that is asked for, once. */
  onDeployment(work: (deployment: Deployment) => Promise<void>): void
  /** Resolves when no connection is open any more. */
  isQuiet(): Promise<void>
}

const noAssets: Assets = { url: (name) => `/assets/${name}`, read: () => undefined }

export async function gitServer(): Promise<GitServer> {
  const settled = await world()
  const { ctx } = settled
  const token = await createToken(ctx, settled.ada, 'laptop')
  const app = new Hono().route('/git', gitRemote({ ctx, assets: noAssets }))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  const seen = new Set<string>()
  let stop: () => void = () => undefined
  const isQuiet = async () => {
    while ((await connections()) > 0) await wait(5)
  }
  return {
    world: settled,
    url: `http://127.0.0.1:${port}`,
    token,
    remote: (path, password = token) => `http://any:${password}@127.0.0.1:${port}/git/${path}`,
    onDeployment(work) {
      stop()
      stop = ctx.bus.subscribe(topics.jobs, () => void takeNew(work))
    },
    isQuiet,
    async [Symbol.asyncDispose]() {
      stop()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await isQuiet()
      await settled.close()
    },
  }

  async function takeNew(work: (deployment: Deployment) => Promise<void>): Promise<void> {
    const rows = await ctx.db.selectFrom('instance').select('id').execute()
    for (const { id } of rows) {
      for (const deployment of await openDeploymentsIn(ctx.db, id)) {
        if (seen.has(deployment.id)) continue
        seen.add(deployment.id)
        await work(deployment)
      }
    }
  }
}

/** What worker and mover do with a deployment that succeeds, in four seconds of the world's time. */
export async function goLive({ world: { ctx, clock } }: GitServer, deployment: Deployment): Promise<void> {
  const { id, instanceId } = deployment
  await move(ctx, deployment, { from: 'queued', to: 'building' })
  await appendLog(ctx, id, '-----> Building with the Dockerfile\nnpm install\nadded 3 packages')
  await clock.advance(4_000)
  await move(ctx, deployment, { from: 'building', to: 'releasing' })
  await move(ctx, deployment, { from: 'releasing', to: 'starting' })
  await appendLog(ctx, id, '-----> Starting')
  await move(ctx, deployment, { from: 'starting', to: 'live' })
  await ctx.db.updateTable('instance').set({ liveDeploymentId: id }).where('id', '=', instanceId).execute()
  if (deployment.movesBranch) {
    await moveBranch(ctx, (await getInstance(ctx, instanceId)).id, deployment.branch, deployment.commitSha)
    await updateIn(ctx.db, id, { branchMovedAt: ctx.clock.now() })
  }
  tellChanged(ctx, instanceId)
}
