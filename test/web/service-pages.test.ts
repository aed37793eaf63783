import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { imageReference } from '../../src/core/build/build-image.ts'
import type { Deployment, DeploymentState } from '../../src/core/deployment/deployment.ts'
import { getDeploymentById, listDeployments } from '../../src/core/deployment/read.ts'
import { requestDeployment } from '../../src/core/deployment/request-deployment.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { commitFiles, type Server, startServer } from '../support/mover.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const web = '/p/lantern/production/s/web'

let at: SettledWorld
let server: Server
let ada: Visitor

beforeEach(async () => {
  at = await world()
  server = await startServer(at)
  ada = visit(createApp({ ctx: at.ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
})
afterEach(async () => {
  await server.kill()
  await at.close()
})

async function push(version: string, subject = `Version ${version}`): Promise<Deployment> {
  const sha = await commitFiles(at.ctx, at.service.id, { Dockerfile: 'FROM scratch\n', version })
  return requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject, author: 'Ben Okoro' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
}

async function reach(deployment: Deployment, state: DeploymentState): Promise<void> {
  const now = async () => (await getDeploymentById(at.ctx, deployment.id)).state
  await server.until(async () => (await now()) === state, `#${deployment.number} becomes ${state}`)
}

const list = () => listDeployments(at.ctx, at.service)

describe('a service', () => {
  test('that was never deployed shows the two lines to copy and offers nothing else', async () => {
    const page = (await ada.get(web)).text
    expect(page).toContain('git remote add handcar http://handcar@handcar.test/git/lantern/web.git')
    expect(page).toContain('git push handcar main')
    expect(page).toContain('Listening for your first push')
    expect(page).not.toContain('formaction')
  })

  test('that is live shows its deployment, its log, what may be done, and that files are lost', async () => {
    await reach(await push('1', 'Light the lamp'), 'live')
    const page = (await ada.get(web)).text
    expect(page).toContain('Light the lamp')
    expect(page).toContain('Serving traffic')
    expect(page).toContain('Fetching')
    expect(page).toContain('Files that the app writes are lost')
    for (const action of ['restart', 'redeploy', 'rebuild', 'stop']) {
      expect(page).toContain(`formaction="${web}/${action}"`)
    }
    expect(page).toContain('href="http://web-lantern.localhost"')
  })

  test('selects what is on its way, else what just failed, else what serves', async () => {
    await reach(await push('1', 'The good one'), 'live')
    expect((await ada.get(web)).text).toContain('<section class="col" aria-label="Deployment 1">')
    at.builder.control.script({ failure: { reason: 'failed', message: 'no such file', exitCode: 1 } })
    await reach(await push('2', 'The bad one'), 'failed')
    const page = (await ada.get(web)).text
    expect(page).toContain('<section class="col" aria-label="Deployment 2">')
    expect(page).toContain('What to do')
    expect(page).toContain('<b>web-lantern.localhost stayed up.</b>')
  })

  test.each(['restart', 'redeploy', 'rebuild'])(
    '%s makes a new deployment and leads back to the service',
    async (act) => {
      await reach(await push('1'), 'live')
      const answer = await ada.post(`${web}/${act}`)
      expect([answer.status, answer.location]).toEqual([303, web])
      const [newest] = await list()
      expect([newest?.number, newest?.trigger]).toEqual([2, act])
    },
  )

  test('that is stopped says so and offers no open and no stop', async () => {
    await reach(await push('1'), 'live')
    const answer = await ada.post(`${web}/stop`)
    expect(answer.location).toBe(web)
    const page = (await ada.get(web)).text
    expect(page).toContain('Stopped')
    expect(page).toContain('web is stopped')
    expect(page).not.toContain(`formaction="${web}/stop"`)
    expect(page).toContain(`formaction="${web}/restart"`)
  })
})

describe('a deployment', () => {
  test('that failed says why and what to do, and the log is below', async () => {
    at.builder.control.script({
      lines: [{ kind: 'output', step: 'RUN npm run build', text: 'Error: nothing works' }],
      failure: { reason: 'failed', message: 'exit code: 1', step: 'RUN npm run build', exitCode: 1 },
    })
    await reach(await push('1'), 'failed')
    const page = (await ada.get(`${web}/d/1`)).text
    expect(page).toContain('Build failed')
    expect(page).toContain('What to do')
    expect(page).toContain('Nothing of this service was live before')
    expect(page).toMatch(/class="ll e" id="L\d+"/)
    expect(page).toContain('Copy error report')
  })

  test('whose app failed opens with what the app printed', async () => {
    const first = await push('1')
    at.engine.control.program(imageReference(at.service, first), { exitsWith: 3, output: ['cannot find the oil'] })
    await reach(first, 'failed')
    const page = (await ada.get(`${web}/d/1`)).text
    expect(page).toContain('Start failed')
    expect(page).toContain('aria-label="Runtime log"')
    expect((await ada.get(`${web}/d/1?log=build`)).text).toContain('aria-label="Build log"')
  })

  test('on its way can be canceled, and not twice', async () => {
    at.builder.control.script({ until: new Promise(() => undefined) })
    const first = await push('1')
    await reach(first, 'building')
    expect((await ada.get(`${web}/d/1`)).text).toContain(`formaction="${web}/d/1/cancellation"`)
    const answer = await ada.post(`${web}/d/1/cancellation`)
    expect([answer.status, answer.location]).toEqual([303, `${web}/d/1`])
    await reach(first, 'canceled')
    expect((await ada.get(`${web}/d/1`)).text).not.toContain('cancellation')
    expect((await ada.post(`${web}/d/1/cancellation`)).status).toBe(409)
  })

  test('that was live can be rolled back to', async () => {
    const first = await push('1')
    await reach(first, 'live')
    await reach(await push('2'), 'live')
    await reach(first, 'removed')
    expect((await ada.get(web)).text).toContain(`formaction="${web}/d/1/rollback"`)
    expect((await ada.post(`${web}/d/1/rollback`)).location).toBe(web)
    const [newest] = await list()
    expect([newest?.number, newest?.trigger]).toEqual([3, 'rollback'])
  })

  test('has its whole log as text', async () => {
    await reach(await push('1', 'Light the lamp'), 'live')
    const log = await ada.get(`${web}/d/1/log.txt?log=build`)
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(log.text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z -----> Fetching \w{7} Light the lamp\n/)
    const followed = await ada.get(`${web}/d/1/log.txt?log=build&follow=1`)
    expect(followed.text).toBe(log.text)
  })

  test('is 404 when it never was, belongs to others or is no number', async () => {
    await reach(await push('1'), 'live')
    for (const path of ['/d/2', '/d/0', '/d/one', '/d/1e1', '/d/-1', '/d/2/log.txt', '/d/2/log/stream']) {
      expect([path, (await ada.get(web + path)).status]).toEqual([path, 404])
    }
    const foreign = '/p/vault/production/s/secret'
    for (const path of ['', '/logs', '/logs/stream', '/events', '/d/1', '/d/1/log.txt']) {
      expect([path, (await ada.get(foreign + path)).status]).toEqual([path, 404])
    }
    for (const path of ['/redeploy', '/stop', '/d/1/rollback', '/d/1/cancellation']) {
      expect([path, (await ada.post(foreign + path)).status]).toEqual([path, 404])
    }
  })
})

test('the runtime log shows what the app prints', async () => {
  expect((await ada.get(`${web}/logs`)).text).toContain('Nothing has been deployed yet')
  const first = await push('1')
  at.engine.control.program(imageReference(at.service, first), { output: ['the lamp is lit'] })
  await reach(first, 'live')
  expect((await ada.get(`${web}/logs`)).text).toContain('the lamp is lit')
  expect((await ada.get(`${web}/d/1/log.txt?log=runtime`)).text).toContain(' out the lamp is lit\n')
})

test('a page reloads by itself only when asked', async () => {
  expect((await ada.get(web)).text).not.toContain('http-equiv="refresh"')
  expect((await ada.get(`${web}?refresh=5`)).text).toContain('<meta http-equiv="refresh" content="5"/>')
})
