import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkAddress,
  hostOfMachine,
  markPanelAnswered,
  readAddress,
  rememberServerHost,
  setAddress,
  temporaryHost,
} from '../../../src/core/account/address.ts'
import { hostsOf, serviceUrl } from '../../../src/core/service/read.ts'
import { isRoutableHost } from '../../../src/ports/reverse-proxy.ts'
import { emptyWorld, world } from '../../support/world.ts'

test.each([
  ['203.0.113.10', '203-0-113-10.sslip.io'],
  ['127.0.0.1', 'localhost'],
  ['localhost', 'localhost'],
])('without a domain apps of %s live under %s', (server, host) => {
  expect(temporaryHost(server)).toBe(host)
})

test("the machine's own address is its first outside one that is not a bridge", () => {
  const card = (address: string, internal = false) => [
    { address, family: 'IPv4' as const, internal, netmask: '', mac: '', cidr: null },
  ]
  expect(hostOfMachine({ lo: card('127.0.0.1', true), docker0: card('172.17.0.1'), eth0: card('203.0.113.10') })).toBe(
    '203.0.113.10',
  )
  expect(hostOfMachine({ lo: card('127.0.0.1', true) })).toBe('localhost')
})

test.each([
  ['203.0.113.10', '203-0-113-10.sslip.io'],
  ['203.0.113.10:8080', '203-0-113-10.sslip.io'],
  ['127.0.0.1:4400', 'localhost'],
  ['localhost:4400', 'localhost'],
  ['panel.example.com', 'localhost'],
])('an owner who came by %s gives apps under %s', async (requestHost, appsHost) => {
  await using server = await emptyWorld()
  await rememberServerHost(server.ctx, requestHost)
  expect((await readAddress(server.ctx)).appsHost).toBe(appsHost)
})

test('saved names win, and a port that is not the usual one is part of every address', async () => {
  await using server = await world({ httpPort: 8080 })
  const { ctx, ada, service } = server
  await setAddress(ctx, ada, { panelHost: 'Panel.Example.com.', appsHost: '*.apps.example.com' })
  const address = await readAddress(ctx)
  expect(address).toMatchObject({
    panelHost: 'panel.example.com',
    appsHost: 'apps.example.com',
    panelUrl: 'http://panel.example.com:8080',
    isPanelAnswered: false,
  })
  expect(hostsOf(service, address)).toEqual(['web-lantern.apps.example.com'])
  expect(serviceUrl(service, address)).toBe('http://web-lantern.apps.example.com:8080')
  await setAddress(ctx, ada, {})
  expect(await readAddress(ctx)).toMatchObject({ panelHost: undefined, panelUrl: 'http://localhost:8080' })
})

test("the panel's name has to answer once, and a new name once more", async () => {
  await using server = await world()
  const { ctx, ada } = server
  await markPanelAnswered(ctx)
  expect((await readAddress(ctx)).isPanelAnswered).toBe(false)
  await setAddress(ctx, ada, { panelHost: 'panel.example.com' })
  await markPanelAnswered(ctx)
  expect((await readAddress(ctx)).isPanelAnswered).toBe(true)
  await setAddress(ctx, ada, { panelHost: 'other.example.com' })
  expect((await readAddress(ctx)).isPanelAnswered).toBe(false)
})

test.each([
  ['http://panel.example.com', '', ['panel_host']],
  ['panel.example.com:8080', '', ['panel_host']],
  ['-a.example.com', 'a b', ['panel_host', 'apps_host']],
  ['203.0.113.10', '', ['panel_host']],
  ['203.0.113.256', '10.0.0.1234', ['panel_host', 'apps_host']],
  ['handcar.invalid', '', ['panel_host']],
  ['', '`); Host(`evil', ['apps_host']],
  ['', `${'a'.repeat(64)}.example.com`, ['apps_host']],
  ['', Array(47).fill('abc').join('.'), []],
  ['', Array(48).fill('abc').join('.'), ['apps_host']],
])('%j and %j are refused at %j', (panelHost, appsHost, fields) => {
  const checked = checkAddress({ panelHost, appsHost })
  expect(checked.ok ? [] : checked.problems.map(({ field }) => field)).toEqual(fields)
})

test('whatever is saved can be routed, with the longest app in front', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,64}$/)
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 20 }), (labels) => {
      const name = labels.join('.')
      const checked = checkAddress({ panelHost: name, appsHost: name })
      if (!checked.ok) return
      expect(isRoutableHost(checked.value.panelHost ?? '')).toBe(true)
      expect(isRoutableHost(`${'a'.repeat(63)}.${checked.value.appsHost ?? ''}`)).toBe(true)
    }),
  )
})

test('a change of names is told to every instance, since their routes carry them', async () => {
  await using server = await world()
  const told: string[] = []
  server.ctx.bus.subscribe('wanted', (subject) => told.push(subject))
  await setAddress(server.ctx, server.ada, { appsHost: 'apps.example.com' })
  expect(told).toContain(server.service.instanceId)
})

test('the panel cannot take the name of a service', async () => {
  await using server = await world()
  const { ctx, ada } = server
  const address = { panelHost: 'web-lantern.apps.example.com', appsHost: 'apps.example.com' }
  await expect(setAddress(ctx, ada, address)).rejects.toMatchObject({ code: 'address.taken', field: 'panel_host' })
  expect((await readAddress(ctx)).panelHost).toBeUndefined()
})

test('the panel keeps off the name of a service under the temporary host too', async () => {
  await using server = await world()
  const taken = setAddress(server.ctx, server.ada, { panelHost: 'web-lantern.localhost' })
  await expect(taken).rejects.toMatchObject({ code: 'address.taken', field: 'panel_host' })
})
