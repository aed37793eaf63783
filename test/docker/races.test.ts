import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type GitAnswer, linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf, networksOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectMoved, settingsForm } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'
import { agreement, untilRow, untilSettled } from './support/world-state.ts'

const page = '/p/lantern/production/s/web'

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar()
  tree = await workTree()
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('at the same time', () => {
  test('eight first pushes make one service; the newest wins, the others say what overtook them', async () => {
    const trees = await Promise.all(Array.from({ length: 8 }, () => workTree()))
    try {
      await Promise.all(trees.map((one, at) => one.commit(sampleApp({ release: `${at}`, steps: 'RUN sleep 0.3' }))))
      const pushes = await Promise.all(trees.map((one) => one.push('--force', handcar.remote('lantern/web'), 'main')))
      await untilSettled(handcar)
      const numbers = pushes.map((push) => Number(/deployment #(\d+)/.exec(linesOf(push)[0] ?? '')?.[1]))
      expect([...numbers].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(pushes.map(({ exitCode }) => exitCode)).toEqual(numbers.map((number) => (number === 8 ? 0 : 1)))
      for (const [at, number] of numbers.entries()) {
        if (number < 8) expect(pushes[at]?.stderr).toContain(`(superseded by #${number + 1})`)
        else expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': `${at}` } })
      }
      expect((await handcar.status()).services).toHaveLength(1)
    } finally {
      for (const one of trees) await one[Symbol.asyncDispose]()
    }
  })

  test('a restart overtakes a build that hangs', async () => {
    await tree.commit(sampleApp({ release: 'hung', steps: 'RUN sleep 600' }))
    const pushing = push('lantern/web')
    await untilRow(handcar, `SELECT 1 FROM deployment WHERE state = 'building'`)
    await expectMoved(handcar.panel.post(`${page}/restart`))
    expect(linesOf(await pushing)).toContain(' !     Superseded by #10')
    await untilSettled(handcar)
    expect(await handcar.service()).toMatchObject({ live: 10 })
  })

  test('a service that is deleted in the middle of its deployment leaves nothing', async () => {
    await tree.commit(sampleApp({ release: 'never', listen: 'setInterval(() => undefined, 1_000)' }))
    const pushing = push('garden/lamp')
    await untilRow(handcar, `SELECT 1 FROM deployment WHERE state = 'starting'`)
    await expectMoved(handcar.panel.post('/p/garden/production/s/lamp/deletion', { confirm: 'lamp' }))
    expect(await pushing).toMatchObject({ exitCode: 1 })
    await eventually('all of it is gone', async () => (await containersOf(handcar.installId)).length === 1)
    const rows = () => handcar.rows(`SELECT deleted_at FROM service WHERE slug = 'lamp'`)
    await eventually('its rows too', async () => rows().length === 0 || rows())
    await eventually('its network too', async () => (await networksOf(handcar.installId)).length === 1, 90_000)
  })
})

describe('an app that pays no heed to SIGTERM', () => {
  test('is ended after the grace, and no request with it', async () => {
    const poller = startPoller(handcar, 'lantern/web')
    for (const release of ['deaf', 'deaf too']) {
      await tree.commit(sampleApp({ release, before: "process.on('SIGTERM', () => undefined)" }))
      expect(await push('lantern/web')).toMatchObject({ exitCode: 0 })
    }
    await untilSettled(handcar)
    expect(failuresOf(await poller.stop())).toEqual([])
  })
})

describe('while Traefik is not there', () => {
  test('a deployment waits for it, and goes live with it', async () => {
    await handcar.killTraefik()
    await tree.commit(sampleApp({ release: 'in the dark' }))
    const pushing = push('lantern/web')
    await untilRow(
      handcar,
      `SELECT 1 FROM replica JOIN deployment ON deployment_id = deployment.id
      WHERE replica.state = 'healthy' AND deployment.state = 'starting'`,
    )
    await wait(1_000)
    await handcar.startTraefik()
    expect(await pushing).toMatchObject({ exitCode: 0 })
    expect(await handcar.ask('lantern/web')).toMatchObject({ headers: { 'x-release': 'in the dark' } })
    await eventually('all is well', () => agreement(handcar))
  })

  test('a deployment that waited too long fails, and what was live serves as soon as Traefik is back', async () => {
    await expectMoved(handcar.panel.post(`${page}/settings`, settingsForm({ health_timeout: '3' })))
    await handcar.killTraefik()
    await tree.commit(sampleApp({ release: 'too late' }))
    const pushed = await push('lantern/web')
    expect(pushed).toMatchObject({ exitCode: 1 })
    expect(linesOf(pushed).join(' ')).toContain('the proxy did not confirm the switch')
    await handcar.startTraefik()
    await eventually('what was live serves', async () => (await releaseNow()) === 'in the dark')
    await eventually('all is well', () => agreement(handcar))
  })
})

function push(name: string): Promise<GitAnswer> {
  return tree.push('--force', handcar.remote(name), 'main')
}

async function releaseNow(): Promise<unknown> {
  return (await handcar.ask('lantern/web')).headers['x-release']
}
