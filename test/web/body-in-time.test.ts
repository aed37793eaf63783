import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { createApp } from '../../src/web/app.ts'
import { bodyInTime } from '../../src/web/body-in-time.ts'
import type { WebEnv } from '../../src/web/env.ts'
import { namedAssets, visit } from '../support/browser-like.ts'
import { adaSignIn, world } from '../support/world.ts'

const halfAForm = [
  'POST /login HTTP/1.1',
  'Host: handcar.test',
  'Origin: http://handcar.test',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Length: 1000',
  '',
  'email=ada',
].join('\r\n')

async function listen(app: Hono<WebEnv>) {
  const door = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  return {
    async sendHalf(): Promise<Socket> {
      const asked = once(door, 'request')
      const client = connect(port, '127.0.0.1')
      client.on('error', () => undefined)
      client.write(halfAForm)
      await asked
      return client.resume()
    },
    close: () => new Promise<void>((resolve) => door.close(() => resolve())),
  }
}

test('who never ends a form is cut off', async () => {
  const app = new Hono<WebEnv>().use(bodyInTime(50)).post('/login', async (c) => c.json(await c.req.parseBody()))
  app.onError((_, c) => c.text('broken', 422))
  const door = await listen(app)
  const client = await door.sendHalf()
  await once(client, 'close')
  await door.close()
  expect(client.bytesWritten).toBe(halfAForm.length)
})

test('a client that leaves in the middle of a form is no bug', async () => {
  await using server = await world()
  const logged: unknown[] = []
  const log = { ...server.ctx.log, error: (fields: unknown) => logged.push(fields) }
  const app = createApp({ ctx: { ...server.ctx, log }, assets: namedAssets })
  const answered = Promise.withResolvers<void>()
  const statuses: number[] = []
  const outer = new Hono<WebEnv>().all('*', async (c) => {
    const answer = await app.fetch(c.req.raw, c.env)
    statuses.push(answer.status)
    answered.resolve()
    return answer
  })
  const door = await listen(outer)
  const client = await door.sendHalf()
  client.destroy()
  await answered.promise
  await door.close()
  expect([statuses, logged]).toEqual([[422], []])
})

test('who asks for the head of a stream alone takes no place among the streams', async () => {
  await using server = await world()
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const ada = visit(app)
  await ada.post('/login', adaSignIn)
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (let time = 0; time < 60; time += 1) {
    const answer = await app.request('/p/lantern/production/s/web/events', { method: 'HEAD', headers: { cookie } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  }
})
