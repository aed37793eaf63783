import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dockerImageBuilder } from '../../../src/adapters/docker/image-builder.ts'
import type { BuildLine, BuildOptions } from '../../../src/ports/image-builder.ts'
import { type FakeDaemon, fakeDaemon } from '../../support/fake-daemon.ts'

let daemon: FakeDaemon

beforeEach(async () => {
  daemon = await fakeDaemon()
})
afterEach(() => daemon.remove())

const plan = {
  reference: 'handcar/service-1:7',
  serviceId: 'service-1',
  deploymentId: 'deployment-1',
  dockerfile: 'docker/Dockerfile',
  noCache: true,
  memoryBytes: 1e9,
  cpuMillis: 1000,
}

function build(options: Partial<BuildOptions>) {
  const builder = dockerImageBuilder({ socketPath: daemon.socketPath, installId: 'install-1' })
  const signal = new AbortController().signal
  return builder.build(plan, Readable.from([Buffer.alloc(1024)]), {
    signal,
    timeoutMs: 60_000,
    onLine: () => undefined,
    ...options,
  })
}

describe('a build on a daemon that does not answer', () => {
  it('is canceled all the same, and the daemon is told', async () => {
    const stop = new AbortController()
    daemon.answer = (request, response) => {
      if (request.url?.includes('/info')) response.end('{"CgroupDriver":"systemd"}')
      if (request.url?.includes('/build?')) stop.abort()
    }
    expect(await build({ signal: stop.signal })).toMatchObject({ ok: false, reason: 'canceled' })
    const id = /buildid=([0-9a-f-]+)/.exec(daemon.requests.join('\n'))?.[1]
    await expect.poll(() => daemon.requests.at(-1)).toBe(`POST /v1.41/build/cancel?id=${id}`)
  })

  it('runs out of time all the same', async () => {
    daemon.answer = () => undefined
    expect(await build({ timeoutMs: 100 })).toMatchObject({
      ok: false,
      reason: 'timeout',
      message: expect.stringContaining('did not end within'),
    })
  })
})

describe('a build request', () => {
  it('names the image, our labels, BuildKit and the default network, and never the host', async () => {
    daemon.answer = (request, response) => {
      if (request.url?.includes('/info')) response.end('{"CgroupDriver":"systemd"}')
      else response.writeHead(500).end('{"message":"enough seen"}')
    }
    await expect(build({})).rejects.toThrow('enough seen')
    const line = daemon.requests.find((request) => request.includes('/build?')) ?? ''
    const query = new URL(line.replace('POST ', 'http://daemon')).searchParams
    expect(Object.fromEntries(query)).toEqual({
      version: '2',
      t: plan.reference,
      dockerfile: plan.dockerfile,
      nocache: '1',
      networkmode: 'default',
      buildid: expect.stringMatching(/\S/),
      session: expect.stringMatching(/\S/),
      labels: JSON.stringify({
        'handcar.install': 'install-1',
        'handcar.service': 'service-1',
        'handcar.deployment': 'deployment-1',
      }),
    })
  })

  it('says once that a build has no limits where they cannot be set', async () => {
    daemon.answer = (request, response) => {
      if (request.url?.includes('/info')) response.end('{"CgroupDriver":"systemd"}')
      else response.writeHead(500).end('{"message":"enough seen"}')
    }
    const builder = dockerImageBuilder({ socketPath: daemon.socketPath, installId: 'install-1' })
    const lines: BuildLine[] = []
    for (let count = 0; count < 2; count += 1) {
      const options = {
        signal: new AbortController().signal,
        timeoutMs: 60_000,
        onLine: (line: BuildLine) => lines.push(line),
      }
      await expect(builder.build(plan, Readable.from([Buffer.alloc(1024)]), options)).rejects.toThrow('enough seen')
    }
    expect(lines).toEqual([
      { kind: 'output', step: '', text: expect.stringMatching(/no memory and CPU limit.*systemd/) },
    ])
  })
})
