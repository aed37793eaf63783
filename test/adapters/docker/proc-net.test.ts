import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  countConnections,
  listenersOf,
  parseListeners,
  parseRoutes,
  routedSubnets,
} from '../../../src/adapters/docker/proc-net.ts'

const row = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 20 4 0 10 -1`

describe('countConnections', () => {
  it('counts established connections to that address and port only, in both tables', () => {
    const four = [
      row('0100D20A:A001', '0200D20A:0BB8', '01'),
      row('0100D20A:A002', '0200D20A:0BB8', '01'),
      row('0100D20A:A003', '0200D20A:0BB8', '06'),
      row('0100D20A:A004', '0200D20A:0BB9', '01'),
      row('0200D20A:0BB8', '0100D20A:A005', '01'),
    ].join('\n')
    const six = row('0000000000000000FFFF00000100D20A:A006', '0000000000000000FFFF00000200D20A:0BB8', '01')
    expect(countConnections(four, six, '10.210.0.2', 3000)).toBe(3)
    expect(countConnections(four, six, '10.210.0.2', 3001)).toBe(1)
    expect(countConnections(four, six, '10.210.0.3', 3000)).toBe(0)
  })
})

describe('parseListeners', () => {
  it('reads addresses of both kinds and leaves out the name server of Docker', () => {
    const table = [
      row('00000000:0BB8', '00000000:0000', '0A'),
      row('0100007F:1F90', '00000000:0000', '0A'),
      row('0B00007F:9C40', '00000000:0000', '0A'),
      row('0100007F:2222', '0100007F:3333', '01'),
      row('00000000000000000000000000000000:0050', '00000000000000000000000000000000:0000', '0A'),
      row('00000000000000000000000001000000:0051', '00000000000000000000000000000000:0000', '0A'),
      row('0000000000000000FFFF00000100007F:0052', '00000000000000000000000000000000:0000', '0A'),
      row('B80D0120000000000000000001000000:0053', '00000000000000000000000000000000:0000', '0A'),
    ].join('\n')
    expect(parseListeners(table)).toEqual([
      { address: '0.0.0.0', port: 3000, loopback: false },
      { address: '127.0.0.1', port: 8080, loopback: true },
      { address: '::', port: 80, loopback: false },
      { address: '::1', port: 81, loopback: true },
      { address: '127.0.0.1', port: 82, loopback: true },
      { address: '2001:db8::1', port: 83, loopback: false },
    ])
  })

  it('finds a listener of this very process', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await listenersOf(process.pid)).toContainEqual({ address: '127.0.0.1', port, loopback: true })
    server.close()
  })

  it('finds nothing where the process is gone', async () => {
    expect(await listenersOf(2 ** 30)).toEqual([])
  })
})

describe('parseRoutes', () => {
  it('gives the networks of the routes without the default one', async () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    ].join('\n')
    expect(parseRoutes(table)).toEqual(['172.17.0.0/16', '192.0.2.0/24'])
    for (const subnet of await routedSubnets()) expect(subnet).toMatch(/^[\d.]+\/\d+$/)
  })
})
