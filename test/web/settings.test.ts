import { expect, test } from 'vitest'
import { getInstance } from '../../src/core/service/read.ts'
import { variablesOf } from '../../src/core/variable/read.ts'
import { createApp } from '../../src/web/app.ts'
import { namedAssets, type Visitor, visit } from '../support/browser-like.ts'
import { deployed } from '../support/deployed.ts'
import { adaSignIn, type SettledWorld, world } from '../support/world.ts'

const at = '/p/lantern/production/s/web'

async function signedIn(server: SettledWorld): Promise<Visitor> {
  const ada = visit(createApp({ ctx: server.ctx, assets: namedAssets }))
  await ada.post('/login', adaSignIn)
  return ada
}

const full = {
  port: '8080',
  health_path: '/healthz',
  health_timeout: '90',
  start_command: 'node server.js',
  root_directory: 'apps/web',
  replicas: '2',
  memory: '1g',
  cpu: '0.5',
}

test('settings are saved, shown again and said so once', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const saved = await ada.post(`${at}/settings`, { ...full, version: '1' })
  expect([saved.status, saved.location]).toEqual([303, `${at}/settings`])
  expect((await getInstance(server.ctx, server.service.instanceId)).settings).toEqual({
    port: 8080,
    healthPath: '/healthz',
    healthTimeoutS: 90,
    startCommand: 'node server.js',
    rootDirectory: 'apps/web',
    replicas: 2,
    memoryBytes: 2 ** 30,
    cpuMillis: 500,
  })
  const page = await ada.get(`${at}/settings`)
  for (const value of Object.values(full)) expect(page.text).toContain(`value="${value}"`)
  expect(page.text).toContain('Settings saved.')
  expect((await ada.get(`${at}/settings`)).text).not.toContain('Settings saved.')
})

test('a field that comes empty is the default again, one that does not come stays', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  await ada.post(`${at}/settings`, full)
  await ada.post(`${at}/settings`, { port: '' })
  const { settings } = await getInstance(server.ctx, server.service.instanceId)
  expect(settings).toMatchObject({ port: undefined, memoryBytes: 2 ** 30 })
})

test('wrong values come back with the form as typed, each told at its field', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const refused = await ada.post(`${at}/settings`, { ...full, port: '<99999>', memory: 'lots', version: '1' })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('<title>Error: Settings: web')
  expect(refused.text).toContain('value="&lt;99999&gt;"')
  expect(refused.text).toContain('value="lots"')
  expect(refused.text).toContain('href="#field-port"')
  expect(refused.text).toContain('aria-describedby="field-port-hint field-port-error"')
  expect((await getInstance(server.ctx, server.service.instanceId)).settingsVersion).toBe(1)
})

test('of two open forms the second to save is told, sees both values and may keep its own', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  await ada.post(`${at}/settings`, { port: '8080', version: '1' })
  const stale = await ada.post(`${at}/settings`, { port: '9090', version: '1' })
  expect(stale.status).toBe(409)
  expect(stale.text).toContain('value="9090"')
  expect(stale.text).toContain('<code>8080</code>')
  expect(stale.text).toContain('name="version" value="2"')
  expect((await getInstance(server.ctx, server.service.instanceId)).settings.port).toBe(8080)
  expect((await ada.post(`${at}/settings`, { port: '9090', version: '2' })).status).toBe(303)
})

test('one variable is saved byte by byte, shown only when asked for, and removed', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const value = ' sword"fish\r\n<i>\t\u{1F682} '
  const saved = await ada.post(`${at}/variables`, { name: 'PASSWORD', value })
  expect([saved.status, saved.location]).toEqual([303, `${at}/variables`])
  expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({ PASSWORD: value.replace('\r\n', '\n') })
  const hidden = await ada.get(`${at}/variables`)
  expect(hidden.text).toContain('PASSWORD')
  expect(hidden.text).not.toContain('fish')
  expect((await ada.get(`${at}/variables?reveal=PASSWORD`)).text).toContain('sword&quot;fish')
  expect((await ada.get(`${at}/variables?reveal=NOTHING`)).status).toBe(404)
  expect((await ada.post(`${at}/variables/PASSWORD/deletion`)).location).toBe(`${at}/variables`)
  expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({})
  expect((await ada.post(`${at}/variables/PASSWORD/deletion`)).status).toBe(404)
})

test('.env text is the whole set and comes back as text that reads the same', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  const env_text = '\uFEFF# comment\r\nexport A=1\r\nPEM="-----BEGIN\r\nabc=\r\n-----END\r\n"\r\nA=2\r\n'
  const saved = await ada.post(`${at}/variables`, { env_text })
  expect(saved.location).toBe(`${at}/variables`)
  expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({
    A: '2',
    PEM: '-----BEGIN\nabc=\n-----END\n',
  })
  expect((await ada.get(`${at}/variables`)).text).toContain('of A, given more than once, the last value counts')
  const editor = await ada.get(`${at}/variables?edit=env`)
  expect(editor.text).toContain('PEM=&#39;-----BEGIN\nabc=\n-----END\n&#39;')
  await ada.post(`${at}/variables`, { env_text: 'B=3' })
  expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({ B: '3' })
  await ada.post(`${at}/variables`, { env_text: '' })
  expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({})
})

test.each([
  ['A=1\nnonsense', 'Line 2: '],
  ['HANDCAR_URL=x', 'Line 1: '],
])(
  'bad .env text %j is refused with the number of its line, the text kept and nothing changed',
  async (env_text, line) => {
    await using server = await world()
    const ada = await signedIn(server)
    await ada.post(`${at}/variables`, { env_text: 'KEEP=1' })
    const refused = await ada.post(`${at}/variables`, { env_text })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain(line)
    expect(refused.text).toContain(env_text)
    expect(await variablesOf(server.ctx, server.service.instanceId)).toEqual({ KEEP: '1' })
  },
)

test.each(['HANDCAR_URL', '1A', 'A-B', ''])('a variable cannot be called %j', async (name) => {
  await using server = await world()
  const ada = await signedIn(server)
  const refused = await ada.post(`${at}/variables`, { name, value: 'kept value' })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('kept value')
  expect(refused.text).toContain('id="field-name-error"')
})

test('a service is deleted only by its name', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  expect((await ada.get(`${at}/deletion`)).text).toContain('Delete web?')
  const refused = await ada.post(`${at}/deletion`, { confirm: 'wbe' })
  expect([refused.status, refused.text.includes('value="wbe"')]).toEqual([422, true])
  const deleted = await ada.post(`${at}/deletion`, { confirm: 'web' })
  expect([deleted.status, deleted.location]).toEqual([303, '/p/lantern/production'])
  expect((await ada.get('/p/lantern/production')).text).toContain('web is deleted')
  expect((await ada.get(`${at}/settings`)).status).toBe(404)
})

test('acts that need a deployment are refused before there is one, and say what to do', async () => {
  await using server = await world()
  const ada = await signedIn(server)
  for (const verb of ['redeploy', 'rebuild', 'restart']) {
    const refused = await ada.post(`${at}/${verb}`)
    expect(refused.status).toBe(409)
    expect(refused.text).toMatch(/push/i)
  }
})

test('what is saved but does not serve yet is shown, with a button that deploys it', async () => {
  await using server = await world()
  const { ctx, ada: actor, service } = server
  const ada = await signedIn(server)
  await ada.post(`${at}/variables`, { env_text: 'KEEP=1\nDROP=secret-value' })
  await deployed(ctx, actor, service, { state: 'live', replicas: ['healthy'] })
  expect((await ada.get(`${at}/variables`)).text).not.toContain('to deploy')
  await ada.post(`${at}/variables`, { env_text: 'KEEP=1\nADD=2' })
  const page = (await ada.get(`${at}/variables`)).text
  expect(page).toContain('2 changes')
  expect(page).toMatch(/New|Removed/)
  expect(page).toContain(`formaction="${at}/redeploy"`)
  expect(page).not.toContain('secret-value')
  const redeployed = await ada.post(`${at}/redeploy`)
  expect(redeployed.status).toBe(303)
  expect((await ada.get(`${at}/settings`)).text).toContain(`formaction="${at}/redeploy"`)
})
