import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReverseProxy, RouteTable, RouteTarget, ServiceRoute } from '../../src/ports/reverse-proxy.ts'

/** A reverse proxy with replicas behind it and visitors in front of it. */
export interface ProxySubject {
  proxy: ReverseProxy
  /** What a visitor gets: the status, and the name of the replica (or `panel`) that answered. */
  visit(host: string, entryPoint?: 'web' | 'websecure'): Promise<{ status: number; from: string | undefined }>
  /** Where the replica with this name listens: `blue` or `green`. */
  target(name: 'blue' | 'green'): RouteTarget
  panelPort: number
  /** Somebody deletes the table's file, or writes nonsense into it. */
  deleteFile(): Promise<void>
  spoilFile(): Promise<void>
  /** Changes when, and only when, a table was written. */
  written(): Promise<unknown>
  close(): Promise<void>
}

/** What the core relies on; every adapter of the port passes it. */
export function reverseProxyContract(name: string, open: () => Promise<ProxySubject>): void {
  describe(`${name} as reverse proxy`, () => {
    const world = new World()
    beforeAll(async () => {
      world.opened = await open()
    })
    afterAll(() => world.subject.close())
    leadsToReplicas(world)
    answersWithoutReplicas(world)
    comparesTables(world)
    refusesBrokenTables(world)
    heals(world)
  })
}

class World {
  opened: ProxySubject | undefined
  private generation = 100

  get subject(): ProxySubject {
    if (this.opened === undefined) throw new Error('the proxy is not open yet')
    return this.opened
  }

  table(services: ServiceRoute[], panel: Partial<RouteTable['panel']> = {}): RouteTable {
    this.generation += 1
    const whole = { port: this.subject.panelPort, host: undefined, catchAll: false, ...panel }
    return { generation: this.generation, panel: whole, services }
  }

  lantern(replica: 'blue' | 'green', hosts = ['lantern.test']): ServiceRoute {
    return { instanceId: 'lantern', hosts, targets: [this.subject.target(replica)] }
  }
}

function leadsToReplicas(world: World): void {
  it('leads visitors of both entry points to the replica once publish has resolved', async () => {
    const published = world.table([world.lantern('blue', ['lantern.test', 'www.lantern.test'])])
    await world.subject.proxy.publish(published)
    for (const host of ['lantern.test', 'www.lantern.test', 'LANTERN.test']) {
      expect(await world.subject.visit(host, 'web')).toEqual({ status: 200, from: 'blue' })
      expect(await world.subject.visit(host, 'websecure')).toEqual({ status: 200, from: 'blue' })
    }
    expect(await world.subject.proxy.serves(published)).toBe(true)
  })

  it('leads to the new replica and never again to the old one after a switch', async () => {
    for (const replica of ['blue', 'green', 'blue', 'green'] as const) {
      await world.subject.proxy.publish(world.table([world.lantern(replica)]))
      expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: replica })
      expect(await world.subject.visit('lantern.test', 'websecure')).toEqual({ status: 200, from: replica })
    }
  })

  it('forgets every route that a new table does not hold', async () => {
    await world.subject.proxy.publish(
      world.table([world.lantern('blue'), { ...world.lantern('green', ['kite.test']), instanceId: 'kite' }]),
    )
    expect(await world.subject.visit('kite.test')).toEqual({ status: 200, from: 'green' })
    await world.subject.proxy.publish(world.table([world.lantern('blue')]))
    expect(await world.subject.visit('kite.test')).toEqual({ status: 404, from: undefined })
    await world.subject.proxy.publish(world.table([]))
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 404, from: undefined })
  })

  it('leads to a changed route even when the generation was not counted up', async () => {
    const first = world.table([world.lantern('blue')])
    const second = { ...first, services: [world.lantern('green')] }
    await world.subject.proxy.publish(first)
    expect(await world.subject.proxy.serves(second)).toBe(false)
    await world.subject.proxy.publish(second)
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'green' })
    expect(await world.subject.proxy.serves(first)).toBe(false)
  })
}

function answersWithoutReplicas(world: World): void {
  it('answers 503 where a service has no replica, and goes on for the others', async () => {
    const asleep: ServiceRoute = { instanceId: 'kite', hosts: ['kite.test'], targets: [] }
    await world.subject.proxy.publish(world.table([world.lantern('blue'), asleep]))
    expect(await world.subject.visit('kite.test')).toEqual({ status: 503, from: undefined })
    expect(await world.subject.visit('kite.test', 'websecure')).toEqual({ status: 503, from: undefined })
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
  })

  it('accepts a service without any host and routes nothing to it', async () => {
    await world.subject.proxy.publish(world.table([world.lantern('blue', [])]))
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 404, from: undefined })
  })

  it('leads unknown hosts to the panel only while the panel catches all, and its own host always', async () => {
    await world.subject.proxy.publish(world.table([world.lantern('blue')], { catchAll: true }))
    expect(await world.subject.visit('nobody.test')).toEqual({ status: 200, from: 'panel' })
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
    expect(await world.subject.visit('nobody.test', 'websecure')).toEqual({ status: 404, from: undefined })
    await world.subject.proxy.publish(world.table([world.lantern('blue')], { host: 'panel.test' }))
    expect(await world.subject.visit('nobody.test')).toEqual({ status: 404, from: undefined })
    expect(await world.subject.visit('panel.test')).toEqual({ status: 200, from: 'panel' })
    expect(await world.subject.visit('panel.test', 'websecure')).toEqual({ status: 200, from: 'panel' })
  })
}

function comparesTables(world: World): void {
  it('takes the order of services, hosts and targets for nothing', async () => {
    const two = [world.subject.target('blue'), world.subject.target('green')]
    const one = { ...world.lantern('blue', ['a.test', 'b.test']), targets: two }
    const published = world.table([one, { ...world.lantern('green', ['kite.test']), instanceId: 'kite' }])
    await world.subject.proxy.publish(published)
    const turned = published.services
      .map((route) => ({ ...route, hosts: route.hosts.toReversed(), targets: route.targets.toReversed() }))
      .toReversed()
    expect(await world.subject.proxy.serves({ ...published, services: turned })).toBe(true)
  })

  it('ends with the table that was given last when several are given at once', async () => {
    const replicas = ['blue', 'green', 'blue', 'green', 'blue'] as const
    const tables = replicas.map((replica) => world.table([world.lantern(replica)]))
    await Promise.all(tables.map((one) => world.subject.proxy.publish(one)))
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
    expect(await Promise.all(tables.map((one) => world.subject.proxy.serves(one)))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
  })
}

function refusesBrokenTables(world: World): void {
  for (const [cause, code, broken] of ruleBreaks()) {
    it(`refuses ${cause} and writes nothing`, async () => {
      const good = world.table([world.lantern('blue')])
      await world.subject.proxy.publish(good)
      const before = await world.subject.written()
      const bad = broken(world.table([world.lantern('green')]))
      await expect(world.subject.proxy.publish(bad)).rejects.toMatchObject({ kind: 'invalid', code })
      await expect(world.subject.proxy.serves(bad)).rejects.toMatchObject({ kind: 'invalid', code })
      expect(await world.subject.written()).toEqual(before)
      expect(await world.subject.proxy.serves(good)).toBe(true)
    })
  }
}

function heals(world: World): void {
  it('says that it does not serve a table whose file was deleted, and heals by publishing it again', async () => {
    const published = world.table([world.lantern('blue')])
    await world.subject.proxy.publish(published)
    await world.subject.deleteFile()
    expect(await world.subject.proxy.serves(published)).toBe(false)
    await expect.poll(() => world.subject.visit('lantern.test')).toEqual({ status: 404, from: undefined })
    await world.subject.proxy.publish(published)
    expect(await world.subject.proxy.serves(published)).toBe(true)
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
  })

  it('says that it does not serve a table whose file was spoiled, and heals by publishing it again', async () => {
    const published = world.table([world.lantern('green')])
    await world.subject.proxy.publish(published)
    await world.subject.spoilFile()
    expect(await world.subject.proxy.serves(published)).toBe(false)
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'green' })
    await world.subject.proxy.publish(published)
    expect(await world.subject.proxy.serves(published)).toBe(true)
    expect(await world.subject.visit('lantern.test')).toEqual({ status: 200, from: 'green' })
  })

  it('serves 500 services at once', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      ...world.lantern(index % 2 === 0 ? 'blue' : 'green', [`app-${index}.test`]),
      instanceId: `many-${index}`,
    }))
    const published = world.table(many)
    await world.subject.proxy.publish(published)
    expect(await world.subject.proxy.serves(published)).toBe(true)
    expect(await world.subject.visit('app-0.test')).toEqual({ status: 200, from: 'blue' })
    expect(await world.subject.visit('app-499.test', 'websecure')).toEqual({ status: 200, from: 'green' })
    expect(await world.subject.visit('app-500.test')).toEqual({ status: 404, from: undefined })
  })
}

type RuleBreak = [cause: string, code: string, broken: (good: RouteTable) => RouteTable]

const hostileHosts = [
  '',
  'a.com`) || Host(`panel.test',
  '{{ env "PATH" }}',
  '{{ env `HANDCAR_TEST_SECRET` }}.test',
  '{{',
  '*.lantern.test',
  'Lantern.test',
  'lantern.test.',
  '.lantern.test',
  'lantern..test',
  'lantern.test:80',
  'lantern.test/admin',
  'lan tern.test',
  'lantern.test\n',
  'lantern\u0000.test',
  'lantern\u007f.test',
  'lantern\u0085.test',
  'lantern\uffff.test',
  'lantern\ud800.test',
  'lanterne\u0301.test',
  'laterne😀.test',
  '-lantern.test',
  'lantern-.test',
  'lan_tern.test',
  '&anchor',
  '10.0.0.1',
  'lantern.123',
  'handcar.invalid',
  `${'a'.repeat(64)}.test`,
  `${'a.'.repeat(150)}test`,
]

function ruleBreaks(): RuleBreak[] {
  const withService = (change: Partial<ServiceRoute>) => (good: RouteTable) => ({
    ...good,
    services: good.services.map((service) => ({ ...service, ...change })),
  })
  const withTarget = (change: Partial<RouteTarget>) => (good: RouteTable) =>
    withService({ targets: [{ address: '10.64.0.2', port: 3000, ...change }] })(good)
  const shown = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return [
    ...hostileHosts.map(
      (host): RuleBreak => [
        `the host ${shown(host)}`,
        'route.invalid_host',
        withService({ hosts: ['good.test', host] }),
      ],
    ),
    [
      'a bad host of the panel',
      'route.invalid_host',
      (good) => ({ ...good, panel: { ...good.panel, host: 'panel test' } }),
    ],
    ['a host twice in a service', 'route.duplicate_host', withService({ hosts: ['a.test', 'b.test', 'a.test'] })],
    [
      'a host in two services',
      'route.duplicate_host',
      (good) => ({ ...good, services: [...good.services, ...withService({ instanceId: 'kite' })(good).services] }),
    ],
    [
      "the panel's host in a service",
      'route.duplicate_host',
      (good) => ({ ...good, panel: { ...good.panel, host: 'lantern.test' } }),
    ],
    [
      'a service twice',
      'route.duplicate_service',
      (good) => ({ ...good, services: [...good.services, ...withService({ hosts: ['kite.test'] })(good).services] }),
    ],
    ...['', '-a', 'a@file', 'a b', '{{x}}', 'a'.repeat(65)].map(
      (instanceId): RuleBreak => [
        `the service id ${shown(instanceId)}`,
        'route.invalid_service',
        withService({ instanceId }),
      ],
    ),
    ...['', 'localhost', '::1', '10.0.0', '10.0.0.256', '010.0.0.1', '0.0.0.0', '255.255.255.255', '10.0.0.1\n'].map(
      (address): RuleBreak => [`the address ${shown(address)}`, 'route.invalid_address', withTarget({ address })],
    ),
    ...[0, -1, 65_536, 80.5, Number.NaN].map(
      (port): RuleBreak => [`the port ${port}`, 'route.invalid_port', withTarget({ port })],
    ),
    ['a bad port of the panel', 'route.invalid_port', (good) => ({ ...good, panel: { ...good.panel, port: 0 } })],
    ...[-1, 1.5, Number.NaN].map(
      (generation): RuleBreak => [
        `the generation ${generation}`,
        'route.invalid_generation',
        (good) => ({ ...good, generation }),
      ],
    ),
  ]
}
