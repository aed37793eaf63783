import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dynamicConfig } from '../../../src/adapters/traefik/config.ts'
import { traefikReverseProxy } from '../../../src/adapters/traefik/reverse-proxy.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import type { RouteTable } from '../../../src/ports/reverse-proxy.ts'
import { openStandIn, quickClock, type StandIn } from './stand-in.ts'

const table: RouteTable = {
  generation: 7,
  panel: { port: 4400, host: undefined, catchAll: false },
  services: [{ instanceId: 'lantern', hosts: ['lantern.test'], targets: [{ address: '10.64.0.2', port: 3000 }] }],
}

describe('publishing to a Traefik that is out of step', () => {
  let directory: string
  let standIn: StandIn
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'handcar-publish-'))
    standIn = await openStandIn()
  })
  afterEach(async () => {
    standIn.close()
    await rm(directory, { recursive: true, force: true })
  })

  const open = (clock: Clock) => traefikReverseProxy({ directory, ...standIn.address, clock })
  const file = () => join(directory, 'dynamic', 'handcar.yml')
  const serveEverywhere = (marker: string) =>
    Object.assign(standIn.serves, { api: marker, web: marker, websecure: marker })

  for (const late of ['api', 'web', 'websecure'] as const) {
    it(`waits until ${late} serves the table too`, async () => {
      const { marker } = dynamicConfig(table, directory)
      serveEverywhere(marker)
      standIn.serves[late] = '000006-000000000000'
      let looks = 0
      const proxy = open(
        quickClock(() => {
          looks += 1
          if (looks === 5) standIn.serves[late] = marker
        }),
      )
      expect(await proxy.serves(table)).toBe(false)
      await proxy.publish(table)
      expect(looks).toBe(5)
      expect(await proxy.serves(table)).toBe(true)
    })
  }

  it('makes directories that are gone anew so that the user of Traefik can pass them', async () => {
    const { marker } = dynamicConfig(table, directory)
    serveEverywhere(marker)
    const before = process.umask(0o077)
    try {
      await open(quickClock()).publish(table)
    } finally {
      process.umask(before)
    }
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
    expect([await modeOf(join(directory, 'dynamic')), await modeOf(file())]).toEqual(['755', '644'])
    expect(await modeOf(join(directory, '.stage'))).toBe('700')
  })

  it('looks often at first and then every 50 ms', async () => {
    const { marker } = dynamicConfig(table, directory)
    const moments: number[] = []
    const clock = quickClock((passedMs) => {
      moments.push(passedMs)
      if (moments.length === 12) serveEverywhere(marker)
    })
    await open(clock).publish(table)
    expect(moments[0]).toBe(3)
    expect((moments[11] ?? 0) - (moments[10] ?? 0)).toBe(50)
  })

  it('renames the file in again once after 2 s, for the event may have been lost', async () => {
    const { marker } = dynamicConfig(table, directory)
    const inodes = new Map<number, number>()
    const clock = quickClock(async (passedMs) => {
      const { ino } = await stat(file())
      if (!inodes.has(ino)) inodes.set(ino, passedMs)
      if (passedMs > 5000) serveEverywhere(marker)
    })
    await open(clock).publish(table)
    const [first, second, ...others] = [...inodes.values()]
    expect([first, others]).toEqual([3, []])
    expect(second).toBeGreaterThanOrEqual(2000)
    expect(second).toBeLessThan(2200)
  })

  it('gives up after 10 s, says what was seen last, and leaves the new table on disk', async () => {
    const { text } = dynamicConfig(table, directory)
    let passed = 0
    const proxy = open(
      quickClock((passedMs) => {
        passed = passedMs
      }),
    )
    await expect(proxy.publish(table)).rejects.toMatchObject({
      kind: 'timeout',
      code: 'proxy.not_confirmed',
      message: 'Traefik did not confirm the routes of generation 7 within 10 s: its API still serves others',
      hint: expect.stringContaining(join(directory, 'log')),
    })
    expect(passed).toBeGreaterThanOrEqual(10_000)
    expect(await readFile(file(), 'utf8')).toBe(text)
  })

  it('names the entry point that does not answer', async () => {
    const { marker } = dynamicConfig(table, directory)
    serveEverywhere(marker)
    const closed = { ...standIn.address, httpsPort: standIn.address.httpPort }
    const proxy = traefikReverseProxy({ directory, ...closed, clock: quickClock() })
    await expect(proxy.publish(table)).rejects.toMatchObject({
      code: 'proxy.not_confirmed',
      message: expect.stringContaining('the entry point websecure does not answer'),
    })
  })

  it('asks to remove files that are not ours from the directory', async () => {
    await mkdir(join(directory, 'dynamic'))
    await writeFile(join(directory, 'dynamic', 'other.yml'), '')
    await expect(open(quickClock()).publish(table)).rejects.toMatchObject({
      hint: expect.stringContaining('Remove other.yml from'),
    })
  })

  it('names the routes that Traefik refuses, and only those that are ours', async () => {
    const { marker } = dynamicConfig(table, directory)
    serveEverywhere(marker)
    standIn.refused.disabled = [{ name: 'stranger@file', error: ['x'] }, null, { name: 3 }]
    const proxy = open(quickClock())
    await proxy.publish(table)
    standIn.refused.warning = [{ name: 'https-lantern@file', error: ['entryPoint "websecure" does not exist'] }]
    await expect(proxy.publish(table)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'proxy.route_refused',
      message: expect.stringMatching(/https-lantern@file for lantern\.test: entryPoint "websecure" does not exist/),
    })
  })

  it('never renames an older table over a newer one that waits', async () => {
    const older = { ...table, generation: 8 }
    const newer = { ...table, generation: 9 }
    const seen: string[] = []
    standIn.onApi = async () => {
      const text = await readFile(file(), 'utf8')
      if (seen.at(-1) !== text) seen.push(text)
    }
    let isStuck = true
    const clock = quickClock(() => {
      if (!isStuck) serveEverywhere(dynamicConfig(newer, directory).marker)
    })
    const proxy = open(clock)
    const first = proxy.publish(older).catch((error: unknown) => error)
    const second = proxy.publish(newer)
    await expect(first).resolves.toMatchObject({ code: 'proxy.not_confirmed' })
    isStuck = false
    await second
    expect(seen).toEqual([older, newer].map((one) => dynamicConfig(one, directory).text))
  })

  it('says that the table cannot be written, and goes on with the next call', async () => {
    serveEverywhere(dynamicConfig(table, directory).marker)
    await writeFile(join(directory, 'dynamic'), 'a file where a folder should be')
    const proxy = open(quickClock())
    await expect(proxy.publish(table)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'proxy.cannot_write',
      message: expect.stringContaining('EEXIST'),
    })
    await rm(join(directory, 'dynamic'))
    await proxy.publish(table)
    expect(await proxy.serves(table)).toBe(true)
  })
})
