import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createToken } from '../../../src/core/account/token.ts'
import { topics } from '../../../src/core/ctx.ts'
import type { Deployment } from '../../../src/core/deployment/deployment.ts'
import { openDeploymentsIn } from '../../../src/core/deployment/store.ts'
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
  const url = `http://127.0.0.1:${port}`
  const seen = new Set<string>()
  let stop: () => void = () => undefined
  return {
    world: settled,
    url,
    token,
    remote: (path, password = token) => `http://any:${password}@127.0.0.1:${port}/git/${path}`,
    onDeployment(work) {
      stop()
      stop = ctx.bus.subscribe(topics.jobs, () => void takeNew(work))
    },
    async [Symbol.asyncDispose]() {
      stop()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
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
