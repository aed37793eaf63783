import { expect, test } from 'vitest'
import { listVariables } from '../../src/core/variable/read.ts'
import { revealVariables } from '../../src/core/variable/reveal-variables.ts'
import { setVariable } from '../../src/core/variable/save-variables.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, visit } from '../support/browser-like.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const at = '/p/lantern/production/s/web'

/** Posts any body as Ada, the way a program does. */
async function poster(server: SettledWorld) {
  const app = createApp({ ctx: server.ctx, assets: namedAssets })
  const ada = visit(app, 'http://handcar.test')
  await ada.post('/login', adaSignIn)
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      body,
      headers: { cookie, host: 'handcar.test', origin: 'http://handcar.test', accept: 'application/json', ...headers },
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    })
}

test('a file as a field counts as the text in it, so that env_text=@.env never wipes the set', async () => {
  await using server = await world()
  await setVariable(server.ctx, server.ada, server.service, { name: 'OLD', value: '1' })
  const post = await poster(server)
  const form = new FormData()
  form.set('env_text', new File(['NEW=a\r\nTOO="b\r\nc"\r\n'], '.env'))
  expect((await post(`${at}/variables`, form)).status).toBe(303)
  expect(await revealVariables(server.ctx, server.ada, server.service)).toEqual([
    { name: 'NEW', value: 'a' },
    { name: 'TOO', value: 'b\nc' },
  ])
})

test.each([
  ['a multipart body that is none', 'multipart/form-data; boundary=x', 'name=A&value=1'],
  ['a multipart body without its boundary', 'multipart/form-data', 'name=A&value=1'],
  ['JSON', 'application/json', '{"name":"A","value":"1","memory":"1g"}'],
  ['plain text', 'text/plain', 'name=A&value=1'],
])('%s is a 422 that says how forms are sent, and saves nothing', async (_, type, body) => {
  await using server = await world()
  const post = await poster(server)
  for (const path of [`${at}/variables`, `${at}/settings`, '/new', '/login']) {
    const answer = await post(path, body, { 'content-type': type })
    expect([path, answer.status, await answer.json()]).toEqual([
      path,
      422,
      {
        code: 'request.not_a_form',
        message: expect.any(String),
        hint: expect.stringContaining('application/x-www-form-urlencoded'),
      },
    ])
  }
  expect(await listVariables(server.ctx, server.service.instanceId)).toEqual([])
})

test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a body of %s without a length is a 413 once it is over 1 MB',
  async (type) => {
    await using server = await world()
    const post = await poster(server)
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(97)),
    })
    const answer = await post(`${at}/variables`, endless, { 'content-type': type })
    expect(answer.status).toBe(413)
  },
)

test('a live stream of a project that is absent or foreign is a 404', async () => {
  await using server = await world()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
  for (const path of ['/p/nothing/production/events', '/p/vault/production/events', '/p/lantern/staging/events']) {
    expect([path, (await ada.get(path)).status]).toEqual([path, 404])
  }
})

test('a live log of a deployment that never was is a 404', async () => {
  await using server = await world()
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
  expect((await ada.get(`${at}/logs/stream?d=7`)).status).toBe(404)
})
