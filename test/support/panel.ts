import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Deployment, DeploymentState } from '../../src/core/deployment/deployment.ts'
import { getDeploymentById } from '../../src/core/deployment/read.ts'
import { requestDeployment } from '../../src/core/deployment/request-deployment.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createApp } from '../../src/web/app.ts'
import { createAssets } from '../../src/web/assets.ts'
import { bundlePublic } from './bundle-public.ts'
import { commitFiles, startServer } from './mover.ts'
import { adaSignIn, type SettledWorld, world } from './world.ts'

/** Ada's panel on a port of its own, with worker and mover at work; only engine, builder and proxy are in memory. */
export interface Panel extends AsyncDisposable {
  url: string
  at: SettledWorld
  push(version: string, subject?: string): Promise<Deployment>
  reach(deployment: Deployment, state: DeploymentState): Promise<void>
  /** A browser that Ada has signed in to. */
  visit(browser: Browser, options?: VisitOptions): Promise<BrowserContext>
  /** Stops listening and cuts every connection, then listens again on the same port. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** As a proxy answers when nobody is behind it. */
  answerBadGateway(isBad: boolean): void
}

export interface VisitOptions {
  hasScripts?: boolean
  width?: number
  theme?: 'dark' | 'light'
}

const patienceMs = 20_000

export async function openPanel(): Promise<Panel> {
  const settled = await world()
  const at = { ...settled, ctx: { ...settled.ctx, clock: systemClock } }
  const worker = await startServer(at)
  const folder = await mkdtemp(join(tmpdir(), 'handcar-panel-'))
  const app = createApp({ ctx: at.ctx, assets: createAssets(await bundlePublic(folder)) })
  const door = await openDoor((request) => app.fetch(request))
  return {
    url: door.url,
    at,
    ...deploymentsOf(at),
    visit: (browser, options = {}) => visit(door.url, browser, options),
    goAway: door.close,
    comeBack: door.open,
    answerBadGateway: door.answerBadGateway,
    async [Symbol.asyncDispose]() {
      await door.close()
      await worker.kill()
      await at.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that can be closed and opened again. */
async function openDoor(answer: (request: Request) => Response | Promise<Response>) {
  let isBad = false
  let port = 0
  let server: ReturnType<typeof serve>
  const fetch = (request: Request) => (isBad ? new Response('Bad Gateway', { status: 502 }) : answer(request))
  const open = () =>
    new Promise<void>((resolve) => {
      server = serve({ fetch, port, hostname: '127.0.0.1' }, (address) => {
        port = address.port
        resolve()
      })
    })
  await open()
  return {
    url: `http://127.0.0.1:${port}`,
    open,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
    answerBadGateway(bad: boolean) {
      isBad = bad
    },
  }
}

function deploymentsOf(at: SettledWorld): Pick<Panel, 'push' | 'reach'> {
  return {
    async push(version, subject = `Version ${version}`) {
      const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n', version })
      return requestDeployment(at.ctx, at.ada, {
        instanceId: at.service.instanceId,
        commit: { sha, subject, author: 'Ben Okoro' },
        branch: 'main',
        noCache: false,
        movesBranch: true,
      })
    },
    async reach(deployment, state) {
      const end = performance.now() + patienceMs
      for (;;) {
        const now = await getDeploymentById(at.ctx, deployment.id)
        if (now.state === state) return
        if (performance.now() > end) throw new Error(`#${deployment.number} is ${now.state}, not ${state}: ${now.why}`)
        await systemClock.sleep(25)
      }
    },
  }
}

async function visit(url: string, browser: Browser, options: VisitOptions): Promise<BrowserContext> {
  const { hasScripts = true, width = 1440, theme = 'dark' } = options
  const context = await browser.newContext({
    javaScriptEnabled: hasScripts,
    viewport: { width, height: width > 900 ? 900 : 844 },
    timezoneId: 'UTC',
    isMobile: width < 900,
    hasTouch: width < 900,
  })
  await context.addInitScript((chosen) => localStorage.setItem('handcar.theme', chosen), theme)
  const page = await context.newPage()
  await page.goto(`${url}/login`)
  await page.fill('[name=email]', adaSignIn.email)
  await page.fill('[name=password]', adaSignIn.password)
  await Promise.all([page.waitForURL('**/projects'), page.click('main button[type=submit]')])
  await page.close()
  return context
}
