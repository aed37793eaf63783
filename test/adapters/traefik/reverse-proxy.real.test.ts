import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { traefikReverseProxy } from '../../../src/adapters/traefik/reverse-proxy.ts'
import { write } from '../../../src/adapters/traefik/text.ts'
import type { RouteTable } from '../../../src/ports/reverse-proxy.ts'
import { freePorts, startTraefik } from '../../support/traefik.ts'
import { openRealProxy, type RealProxy } from './real-proxy.ts'
import { quickClock } from './stand-in.ts'

describe('a real Traefik', () => {
  let real: RealProxy
  afterEach(() => real.close())

  const lantern = (replica: 'blue' | 'green' = 'blue', generation = 1): RouteTable => ({
    generation,
    panel: { port: real.panelPort, host: undefined, catchAll: false },
    services: [{ instanceId: 'lantern', hosts: ['lantern.test'], targets: [real.target(replica)] }],
  })

  it('leads every host to the panel before anything was published', async () => {
    real = await openRealProxy()
    await expect.poll(() => real.visit('192.0.2.7')).toEqual({ status: 200, from: 'panel' })
  })

  it('keeps its routes through its own crash and start while nobody publishes', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    for (let crash = 0; crash < 3; crash += 1) {
      await real.restart()
      await expect.poll(() => real.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
      await expect.poll(() => real.visit('lantern.test', 'websecure')).toEqual({ status: 200, from: 'blue' })
    }
    const another = traefikReverseProxy({ directory: real.directory, ...real.ports })
    expect(await another.serves(lantern())).toBe(true)
  })

  it('serves what was published while it was down, once it is started', async () => {
    real = await openRealProxy({ clock: quickClock() })
    await real.traefik.kill()
    expect(await real.proxy.serves(lantern())).toBe(false)
    await expect(real.proxy.publish(lantern())).rejects.toMatchObject({
      kind: 'timeout',
      code: 'proxy.not_confirmed',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('Is Traefik running?'),
    })
    await real.restart()
    await expect.poll(() => real.proxy.serves(lantern())).toBe(true)
  })

  it('confirms a table that was published while it is started', async () => {
    real = await openRealProxy()
    await real.traefik.kill()
    const published = real.proxy.publish(lantern())
    await real.restart()
    await published
    expect(await real.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
  })

  it('starts and serves from a directory whose name is hostile', async () => {
    real = await openRealProxy({ folder: 'a {{ env `X` }} "b" \\c \u0085 😀' })
    await real.proxy.publish(lantern())
    expect(await real.visit('lantern.test', 'websecure')).toEqual({ status: 200, from: 'blue' })
    const certificate = await readFile(join(real.directory, 'default.crt'), 'utf8')
    const port = real.ports.httpsPort
    const socket = connectSecurely({ host: '127.0.0.1', port, servername: 'handcar.invalid', ca: certificate })
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    socket.destroy()
  })

  it('reads every hostile string exactly as it was written, and tells nothing of its environment', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    const strings = hostileStrings()
    const headers = Object.fromEntries(strings.map((text, index) => [`X-Text-${index}`, text]))
    const middlewares = { hostile: { headers: { customRequestHeaders: headers } } }
    await writeFile(join(real.directory, 'dynamic', 'zz.yml'), write({ http: { middlewares } }))
    const ask = () => real.get('127.0.0.1', { entryPoint: 'api', path: '/api/http/middlewares/hostile@file' })
    await expect.poll(async () => (await ask()).response.statusCode).toBe(200)
    const { body } = await ask()
    const wellFormed = Object.entries(headers).map(([name, text]) => [name, text.toWellFormed()])
    expect(JSON.parse(body).headers.customRequestHeaders).toEqual(Object.fromEntries(wellFormed))
    expect(body).not.toContain('sesame')
  })

  it('would tell its environment if the text were plain JSON, so the test above can fail', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    const headers = { 'X-Text': '{{ env `HANDCAR_TEST_SECRET` }}' }
    const middlewares = { hostile: { headers: { customRequestHeaders: headers } } }
    await writeFile(join(real.directory, 'dynamic', 'zz.yml'), JSON.stringify({ http: { middlewares } }))
    const ask = () => real.get('127.0.0.1', { entryPoint: 'api', path: '/api/http/middlewares/hostile@file' })
    await expect.poll(async () => (await ask()).body).toContain('sesame')
  })

  it('names the route it refuses, and serves all the others', async () => {
    real = await openRealProxy()
    // Sorts before our file and so takes the name of one of our routers.
    const routers = { 'http-kite': { rule: 'NoSuchMatcher(`x`)', service: 'noop@internal', priority: 5 } }
    await writeFile(join(real.directory, 'dynamic', 'aa.yml'), write({ http: { routers } }))
    const table = lantern()
    const kite = { instanceId: 'kite', hosts: ['kite.test', 'www.kite.test'], targets: [] }
    table.services.push(kite)
    await expect(real.proxy.publish(table)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'proxy.route_refused',
      message: expect.stringMatching(
        /refuses 1 of them, the first is http-kite@file for kite\.test, www\.kite\.test: .+/,
      ),
    })
    expect(await real.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
    await rm(join(real.directory, 'dynamic', 'aa.yml'))
    await real.proxy.publish({ ...table, generation: 2 })
  })

  it('does not confirm while a broken foreign file stops it, keeps the old routes, and heals without it', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern('blue', 1))
    const foreign = join(real.directory, 'dynamic', 'foreign.yml')
    await writeFile(foreign, '{"http":{"routers":{}}}')
    const hurried = traefikReverseProxy({ directory: real.directory, ...real.ports, clock: quickClock() })
    await expect(hurried.publish(lantern('green', 2))).rejects.toMatchObject({
      code: 'proxy.not_confirmed',
      hint: expect.stringContaining('foreign.yml'),
    })
    expect(await real.visit('lantern.test')).toEqual({ status: 200, from: 'blue' })
    await rm(foreign)
    await real.proxy.publish(lantern('green', 2))
    expect(await real.visit('lantern.test')).toEqual({ status: 200, from: 'green' })
  })

  it('spreads visitors over all replicas of a service', async () => {
    real = await openRealProxy()
    const table = lantern()
    for (const service of table.services) service.targets = [real.target('blue'), real.target('green')]
    await real.proxy.publish(table)
    const seen = new Set<string | undefined>()
    for (let visit = 0; visit < 100 && seen.size < 2; visit += 1) seen.add((await real.visit('lantern.test')).from)
    expect([...seen].sort()).toEqual(['blue', 'green'])
  })

  it('passes no header that some apps would take for one of the proxy', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    const sent = { 'x-forwarded-for': '203.0.113.9', x_forwarded_for: '203.0.113.9', 'x-mine': 'yes', 'x.real.ip': '1' }
    const { body } = await real.get('lantern.test', { headers: sent, path: '/a%2Fb?c=%20d' })
    const asked = JSON.parse(body)
    expect(asked.url).toBe('/a%2Fb?c=%20d')
    expect(asked.headers).toMatchObject({ 'x-mine': 'yes', 'x-forwarded-for': '127.0.0.1', host: 'lantern.test' })
    expect(Object.keys(asked.headers).filter((name) => /[_.]/.test(name))).toEqual([])
  })

  it('keeps its API to 127.0.0.1 and shows no marker to visitors', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    const socket = connect({ host: '127.0.0.2', port: real.ports.apiPort })
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const { response } = await real.get('lantern.test')
    expect(response.headers['x-hc-gen']).toBeUndefined()
    expect((await real.get('lantern.test', { path: '/api/http/routers' })).response.headers['x-replica']).toBe('blue')
  })

  it('can hand over to a second one that listens on the same ports', async () => {
    real = await openRealProxy()
    await real.proxy.publish(lantern())
    const [apiPort = 0] = await freePorts(1)
    const ports = { ...real.ports, apiPort }
    const second = await startTraefik({ directory: real.directory, ports, panelPort: real.panelPort })
    try {
      const proxy = traefikReverseProxy({ directory: real.directory, ...ports })
      await expect.poll(() => proxy.serves(lantern())).toBe(true)
      await real.traefik.stop()
      await proxy.publish(lantern('green', 2))
      expect(await real.visit('lantern.test')).toEqual({ status: 200, from: 'green' })
    } finally {
      await second.kill()
    }
  })
})

function hostileStrings(): string[] {
  return [
    '{{ env `HANDCAR_TEST_SECRET` }}',
    '{{ env "HANDCAR_TEST_SECRET" }}',
    '{{',
    '}}',
    '{{/* a comment */}}',
    '{',
    '"quoted" and \\ and / and \\u007b',
    "'single' # hash: colon - dash",
    '&anchor *alias !tag |',
    'line\nline\r\nline\ttab',
    '\u0000\u0001\u001f',
    '\u007f',
    '\u0080\u0085\u009f',
    '\u00a0\u2028\u2029\ufeff',
    '\ufffe\uffff',
    'lone \ud800 and \udc00 lone',
    '😀 \u{10ffff}',
    '`backticks`',
    '$1 %s $\u007bHANDCAR_TEST_SECRET}',
  ]
}
