import { expect, test } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, visit } from '../support/browser-like.ts'
import { readEvents } from '../support/event-reader.ts'
import { startServer } from '../support/mover.ts'
import { pushVersion, reach } from '../support/pushes.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const web = '/p/lantern/production/s/web'

/** #1 serves; those up to `last` were canceled since. */
async function withDeployments(at: SettledWorld, last: number): Promise<void> {
  const { db, clock } = at.ctx
  const one = await db.selectFrom('deployment').selectAll().where('number', '=', 1).executeTakeFirstOrThrow()
  const rows = Array.from({ length: last - 1 }, (_, index) => ({
    ...one,
    id: newId(),
    number: index + 2,
    state: 'canceled' as const,
    liveAt: null,
    imageId: null,
    endedAt: clock.now(),
  }))
  await db.insertInto('deployment').values(rows).execute()
  await db
    .updateTable('instance')
    .set({ nextNumber: last + 1 })
    .where('id', '=', at.service.instanceId)
    .execute()
}

const numbersIn = (text: string) => [...text.matchAll(/<li class="dep[^"]*" id="d(\d+)"/g)].map(([, n]) => Number(n))
const linksIn = (text: string) =>
  [...text.matchAll(/(?:href|connect)="([^"]+)"/g)].map(([, link]) => link?.replaceAll('&amp;', '&') ?? '')
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index)

test('a service lists its newest deployments and what serves; all others are one link away', async () => {
  await using at = await world()
  await using server = await startServer(at)
  const app = createApp({ ctx: at.ctx, assets: namedAssets })
  const ada = visit(app)
  await ada.post('/login', adaSignIn)
  await reach(at, server, await pushVersion(at, '1'), 'live')
  await withDeployments(at, 230)

  const page = (await ada.get(web)).text
  expect(numbersIn(page)).toEqual([1, ...down(230, 216)])
  expect(linksIn(page)).toContain(`${web}?all=1`)

  const all = (await ada.get(`${web}?all=1`)).text
  expect(numbersIn(all)).toEqual(down(230, 131))
  expect(linksIn(all)).toContain(`${web}?all=1&before=131`)
  expect(linksIn(all)).toContain(`${web}/events?selected=1&all=1`)
  const oldest = (await ada.get(`${web}?all=1&before=31`)).text
  expect(numbersIn(oldest)).toEqual([1, ...down(30, 2)])
  expect(linksIn(oldest).filter((link) => /before=\d+$/.test(link))).toHaveLength(1)
  expect((await ada.get(`${web}?all=1&before=x`)).status).toBe(404)

  const reader = await readEvents(app, `${web}/events?selected=1&all=1&before=31`, ada.cookies)
  await server.until(async () => reader.messages.some(({ data }) => data.includes('id="deployments"')), 'it is told')
  const told = reader.messages.find(({ data }) => data.includes('id="deployments"'))?.data ?? ''
  expect(numbersIn(told)).toEqual([1, ...down(30, 2)])
  await reader.close()
})
