import { describe, expect, it } from 'vitest'
import { memoryReverseProxy } from '../../src/adapters/memory/reverse-proxy.ts'
import type { RouteTable, RouteTarget } from '../../src/ports/reverse-proxy.ts'
import { type ProxySubject, reverseProxyContract } from './reverse-proxy.ts'

const targets: Record<'blue' | 'green', RouteTarget> = {
  blue: { address: '10.64.0.2', port: 3000 },
  green: { address: '10.64.0.3', port: 3000 },
}

function nameOf(target: RouteTarget | undefined): string | undefined {
  return Object.entries(targets).find(([, { address }]) => address === target?.address)?.[0]
}

async function openSubject(): Promise<ProxySubject> {
  const proxy = memoryReverseProxy()
  return {
    proxy,
    panelPort: 4400,
    target: (name) => targets[name],
    async visit(host, entryPoint) {
      const answer = proxy.control.request(host, entryPoint)
      if (answer.from !== 'service') return { status: answer.status, from: answer.status === 200 ? 'panel' : undefined }
      return { status: answer.status, from: nameOf(answer.targets[0]) }
    },
    deleteFile: async () => proxy.control.loseFile(),
    spoilFile: async () => proxy.control.spoilFile(),
    written: async () => proxy.control.history.length,
    close: async () => undefined,
  }
}

reverseProxyContract('memory', openSubject)

describe('what tests do to the memory proxy', () => {
  const table = (generation: number, port = 3000): RouteTable => ({
    generation,
    panel: { port: 4400, host: undefined, catchAll: false },
    services: [{ instanceId: 'lantern', hosts: ['lantern.test'], targets: [{ address: '10.64.0.2', port }] }],
  })

  it('stops confirming: the old table stays served, the new one is written and served later', async () => {
    const proxy = memoryReverseProxy()
    await proxy.publish(table(1))
    proxy.control.stopConfirming(true)
    await expect(proxy.publish(table(2))).rejects.toMatchObject({ kind: 'timeout', code: 'proxy.not_confirmed' })
    expect(proxy.control.served?.generation).toBe(1)
    expect(await proxy.serves(table(2))).toBe(false)
    proxy.control.stopConfirming(false)
    expect(await proxy.serves(table(2))).toBe(true)
  })

  it('goes away: nobody answers, and it is back with what is on disk', async () => {
    const proxy = memoryReverseProxy()
    await proxy.publish(table(1))
    proxy.control.away(true)
    expect(await proxy.serves(table(1))).toBe(false)
    expect(() => proxy.control.request('lantern.test')).toThrow('no proxy listens')
    await expect(proxy.publish(table(2, 3001))).rejects.toMatchObject({ kind: 'timeout' })
    proxy.control.away(false)
    expect(proxy.control.request('lantern.test')).toMatchObject({ targets: [{ port: 3001 }] })
  })

  it('keeps a history of its own copies and lets a test fail a publish', async () => {
    const proxy = memoryReverseProxy()
    const first = table(1)
    await proxy.publish(first)
    first.services = []
    proxy.control.onPublish(() => {
      throw new Error('the disk is full')
    })
    await expect(proxy.publish(table(2))).rejects.toThrow('the disk is full')
    expect(proxy.control.history.map(({ generation, services }) => [generation, services.length])).toEqual([[1, 1]])
  })
})
