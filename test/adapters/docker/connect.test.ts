import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectDocker, readText } from '../../../src/adapters/docker/connect.ts'
import { dockerContainerEngine } from '../../../src/adapters/docker/container-engine.ts'
import { HandcarError } from '../../../src/kernel/errors.ts'
import { type FakeDaemon, fakeDaemon } from '../../support/fake-daemon.ts'

let daemon: FakeDaemon

beforeEach(async () => {
  daemon = await fakeDaemon()
})
afterEach(() => daemon.remove())

const list = () =>
  connectDocker(daemon.socketPath).call((docker, abortSignal) => docker.listContainers({ abortSignal }))

async function errorOf(work: Promise<unknown>): Promise<HandcarError> {
  const caught = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (caught instanceof HandcarError) return caught
  throw new Error(`expected a HandcarError, got ${String(caught)}`)
}

describe('a connection to Docker', () => {
  it.each([
    ['1.41', '1.41'],
    ['1.43', '1.43'],
    ['1.44', '1.44'],
    ['1.52', '1.44'],
    ['2.0', '1.44'],
  ])('speaks to a daemon of API %s in %s', async (server, used) => {
    daemon.apiVersion = server
    daemon.answer = (_, response) => response.end('[]')
    expect(await list()).toEqual([])
    expect(daemon.requests.at(-1)).toMatch(new RegExp(`^GET /v${used}/containers/json`))
  })

  it.each(['1.40', '1.9', 'newest'])('refuses a daemon of API %s and says what to do', async (server) => {
    daemon.apiVersion = server
    expect(await errorOf(list())).toMatchObject({
      code: 'engine.too_old',
      kind: 'unavailable',
      hint: expect.stringContaining('Upgrade'),
    })
  })

  it('says so when the daemon is away, and works again when it is back', async () => {
    const connection = connectDocker(daemon.socketPath)
    const ask = () => connection.call((docker, abortSignal) => docker.listContainers({ abortSignal }))
    daemon.answer = (_, response) => response.end('[]')
    expect(await ask()).toEqual([])
    await daemon.stop()
    expect(await errorOf(ask())).toMatchObject({ code: 'engine.unavailable', kind: 'unavailable' })
    expect(await errorOf(connection.open({ method: 'GET', path: '/events' }))).toMatchObject({ kind: 'unavailable' })
    daemon.apiVersion = '1.43'
    await daemon.start()
    expect(await ask()).toEqual([])
    expect(daemon.requests.at(-1)).toContain('/v1.43/')
  })

  it('ends a call that the daemon never answers', async () => {
    daemon.answer = () => undefined
    const connection = connectDocker(daemon.socketPath)
    const calls = [
      connection.call((docker, abortSignal) => docker.listContainers({ abortSignal }), 50),
      connection.call((docker) => docker.info(), 50),
      connection.open({ method: 'GET', path: '/events', timeoutMs: 50 }),
    ]
    for (const call of calls) {
      expect(await errorOf(call)).toMatchObject({ code: 'engine.timeout', kind: 'timeout' })
    }
  })

  it('ends a call whose answer breaks off', async () => {
    daemon.answer = (_, response) => {
      response.writeHead(200, { 'Content-Length': '100' })
      response.write('[', () => response.destroy())
    }
    expect(await errorOf(list())).toMatchObject({ kind: 'unavailable' })
  })

  it('gives a refusal as an answer where one is expected, and else as an error of ours', async () => {
    daemon.answer = (_, response) => response.writeHead(409).end('{"message":"the name is taken"}')
    const connection = connectDocker(daemon.socketPath)
    const refusal = { ok: false, status: 409, message: 'the name is taken' }
    expect(await connection.attempt((docker) => docker.createContainer({ Image: 'x' }))).toEqual(refusal)
    expect(await connection.open({ method: 'POST', path: '/build' })).toEqual(refusal)
    const error = await errorOf(connection.call((docker) => docker.createContainer({ Image: 'x' })))
    expect(error).toMatchObject({ code: 'engine.failed', message: 'Docker failed: the name is taken' })
  })

  it('takes a daemon that is shutting down for one that is away', async () => {
    daemon.answer = (_, response) => response.writeHead(503).end('{"message":"shutting down"}')
    expect(await errorOf(list())).toMatchObject({ code: 'engine.unavailable' })
  })

  it('streams without a limit of its own once the answer has begun', async () => {
    daemon.answer = (_, response) => {
      response.write('first ')
      setTimeout(() => response.end('second'), 150)
    }
    const answer = await connectDocker(daemon.socketPath).open({ method: 'GET', path: '/events', timeoutMs: 100 })
    expect(answer.ok && (await readText(answer.value.body))).toBe('first second')
  })
})

describe('events of an engine that goes away', () => {
  it('end without an error', async () => {
    const engine = dockerContainerEngine({ socketPath: daemon.socketPath, installId: 'install-1' })
    const attributes = { 'handcar.install': 'install-1', 'handcar.replica': 'r', 'handcar.service': 's' }
    const event = { Type: 'container', Action: 'start', Actor: { ID: 'c', Attributes: attributes } }
    const foreign = { ...event, Actor: { ID: 'd', Attributes: { ...attributes, 'handcar.install': 'install-2' } } }
    daemon.answer = (_, response) => response.write(`${JSON.stringify(foreign)}\n${JSON.stringify(event)}\n`)
    const seen: unknown[] = []
    for await (const change of engine.events(new AbortController().signal)) {
      seen.push(change)
      await daemon.stop()
    }
    expect(seen).toEqual([{ kind: 'started', replicaId: 'r', serviceId: 's', exitCode: undefined }])
    for await (const change of engine.events(new AbortController().signal)) seen.push(change)
    expect(seen).toHaveLength(1)
  })
})
