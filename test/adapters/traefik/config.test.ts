import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dynamicConfig } from '../../../src/adapters/traefik/config.ts'
import { staticConfig } from '../../../src/adapters/traefik/static-config.ts'
import { isRoutableHost, type RouteTable } from '../../../src/ports/reverse-proxy.ts'

const pretty = (text: string) => `${JSON.stringify(JSON.parse(text), null, 2)}\n`

const full: RouteTable = {
  generation: 123,
  panel: { port: 4400, host: 'panel.example.com', catchAll: true },
  services: [
    {
      instanceId: 'lantern-web',
      hosts: ['www.lantern.test', 'lantern.test'],
      targets: [
        { address: '10.64.7.6', port: 3000 },
        { address: '10.64.7.5', port: 3000 },
        { address: '10.64.7.5', port: 3000 },
      ],
    },
    { instanceId: 'kite', hosts: ['kite.test'], targets: [] },
    { instanceId: 'worker', hosts: [], targets: [{ address: '10.64.8.5', port: 3000 }] },
  ],
}

describe('the file that holds the table', () => {
  it('is exactly this for a panel, a service of two replicas, one asleep and a worker', async () => {
    const { text } = dynamicConfig(full, '/var/lib/handcar/traefik')
    await expect(pretty(text)).toMatchFileSnapshot('__files__/dynamic.full.yml')
  })

  it('is exactly this for no service at all, and never empty', async () => {
    const table = { generation: 0, panel: { port: 4400, host: undefined, catchAll: false }, services: [] }
    const { text } = dynamicConfig(table, '/var/lib/handcar/traefik')
    await expect(pretty(text)).toMatchFileSnapshot('__files__/dynamic.none.yml')
  })

  it('has a marker that tells apart tables of one generation', () => {
    const other = { ...full, panel: { ...full.panel, catchAll: false } }
    const markers = [full, other, { ...full, generation: 124 }].map((table) => dynamicConfig(table, '/d').marker)
    expect(new Set(markers).size).toBe(3)
    expect(markers[0]).toMatch(/^000123-[0-9a-f]{12}$/)
  })

  it('does not change the table it was given', () => {
    const before = structuredClone(full)
    dynamicConfig(full, '/d')
    expect(full).toEqual(before)
  })

  it('names every router it wrote with the hosts it carries', () => {
    const { routers, text } = dynamicConfig(full, '/d')
    const written = Object.keys((JSON.parse(text) as { http: { routers: object } }).http.routers)
    expect([...routers.keys()].sort()).toEqual(written.map((name) => `${name}@file`).sort())
    expect(routers.get('https-lantern-web@file')).toEqual(['www.lantern.test', 'lantern.test'])
  })

  it('holds no empty map, and a priority on every router, whatever the table', () => {
    fc.assert(
      fc.property(tables(), (table) => {
        const { text } = dynamicConfig(table, '/d')
        expect(text).not.toContain('{}')
        const { http } = JSON.parse(text) as { http: { routers: Record<string, { priority: number; rule: string }> } }
        const claims = Object.values(http.routers).map(({ priority }) => priority)
        expect(claims.every((priority) => priority > 0)).toBe(true)
      }),
    )
  })
})

describe('the static configuration', () => {
  it('is exactly this', async () => {
    const text = staticConfig('/var/lib/handcar/traefik', { apiPort: 4401, httpPort: 80, httpsPort: 443 })
    await expect(pretty(text)).toMatchFileSnapshot('__files__/static.yml')
  })
})

describe('host names that can be routed', () => {
  it.each([
    'lantern.test',
    'localhost',
    'web-lantern.192-0-2-7.sslip.io',
    'xn--bcher-kva.example',
    '1.example',
    'a.b.c.d.e.f',
    `${'a'.repeat(63)}.test`,
  ])('takes %s', (host) => {
    expect(isRoutableHost(host)).toBe(true)
  })

  it('takes nothing with a character outside lower-case letters, digits, hyphen and dot', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (isRoutableHost(text)) expect(text).toMatch(/^[a-z0-9.-]+$/)
        expect(isRoutableHost(`a${text}\u007b.test`)).toBe(false)
      }),
    )
  })
})

function tables(): fc.Arbitrary<RouteTable> {
  const target = fc.record({
    address: fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
      .map((pair) => `10.64.${pair.join('.')}`),
    port: fc.integer({ min: 1, max: 65_535 }),
  })
  const route = fc.record({
    hostCount: fc.integer({ min: 0, max: 3 }),
    targets: fc.array(target, { maxLength: 3 }),
  })
  return fc
    .record({
      generation: fc.nat(),
      catchAll: fc.boolean(),
      ownHost: fc.boolean(),
      routes: fc.array(route, { maxLength: 5 }),
    })
    .map(({ generation, catchAll, ownHost, routes }) => ({
      generation,
      panel: { port: 4400, host: ownHost ? 'panel.test' : undefined, catchAll },
      services: routes.map(({ hostCount, targets }, index) => ({
        instanceId: `service-${index}`,
        hosts: Array.from({ length: hostCount }, (_, host) => `h${host}.s${index}.test`),
        targets,
      })),
    }))
}
