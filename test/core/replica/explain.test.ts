import { describe, expect, test } from 'vitest'
import type { MemoryProgram } from '../../../src/adapters/memory/program.ts'
import type { FailureCode } from '../../../src/core/deployment/failure.ts'
import { elfMachine, mayRun } from '../../../src/core/replica/elf.ts'
import { crashWhy, judgeListeners } from '../../../src/core/replica/explain.ts'
import { startServer } from '../../support/mover.ts'
import { imageOf, pushVersion, reach } from '../../support/pushes.ts'
import { world } from '../../support/world.ts'

const on = (address: string, port: number) => ({
  address,
  port,
  loopback: address.startsWith('127.') || address === '::1',
})

describe('what listens tells', () => {
  const cases: Array<[string, ReturnType<typeof on>[], string | undefined]> = [
    ['nothing at all', [], 'app.no_listener'],
    ['the right port on all addresses', [on('0.0.0.0', 3000)], undefined],
    ['the right port on loopback', [on('127.0.0.1', 3000)], 'app.loopback_only'],
    ['the right port on loopback of IPv6', [on('::1', 3000)], 'app.loopback_only'],
    ['another port', [on('0.0.0.0', 8080)], 'app.wrong_port'],
    ['another port, and a debugger on loopback', [on('127.0.0.1', 9229), on('0.0.0.0', 8080)], 'app.wrong_port'],
    ['the right port beside another', [on('0.0.0.0', 8080), on('0.0.0.0', 3000)], undefined],
  ]
  test.each(cases)('%s', (_, listeners, code) => expect(judgeListeners(listeners, 3000)?.code).toBe(code))
})

function elf(machine: number, isLittle = true): Uint8Array {
  const head = new Uint8Array(64)
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, isLittle ? 1 : 2])
  new DataView(head.buffer).setUint16(18, machine, isLittle)
  return head
}

describe('the head of a program', () => {
  test('names its processor', () => {
    expect([elfMachine(elf(62)), elfMachine(elf(183)), elfMachine(elf(62, false)), elfMachine(elf(9999))]).toEqual([
      'amd64',
      'arm64',
      'amd64',
      undefined,
    ])
  })
  test('of a script is no processor', () =>
    expect(elfMachine(new TextEncoder().encode('#!/bin/sh\necho hello there'))).toBeUndefined())
})

test.each([
  ['amd64', 'amd64', true],
  ['386', 'amd64', true],
  ['arm', 'arm64', true],
  ['arm64', 'amd64', false],
  ['arm', 'amd64', false],
  ['386', 'arm64', false],
  ['riscv64', 'amd64', false],
])('a program for %s on %s may run: %s', (program, server, may) => {
  expect(mayRun(program, server)).toBe(may)
})

/** The memory engine is an amd64. */
describe('an app that ends before it is ready', () => {
  const own = ['cannot read the map']
  test.each<[string, Partial<MemoryProgram>, FailureCode, RegExp]>([
    ['for another processor, by its init process', { exitsWith: 127, head: elf(183) }, 'app.exec_format', /for arm64/],
    [
      'for another processor, by a shell',
      { exitsWith: 126, head: elf(183) },
      'app.exec_format',
      /this server is amd64/,
    ],
    ['for another processor, by the engine', { startError: 'no', head: elf(183) }, 'app.exec_format', /for arm64/],
    ['of 32 bits, by itself', { exitsWith: 1, head: elf(3), output: own }, 'app.exited', /exit code 1.*the map/s],
    ['of 32 bits, with that code', { exitsWith: 127, head: elf(3), output: own }, 'app.exited', /code 127.*the map/s],
    [
      'under emulation, by itself',
      { exitsWith: 1, head: elf(183), output: own },
      'app.exited',
      /exit code 1.*the map/s,
    ],
  ])('%s', async (_, program, code, why) => {
    await using at = await world()
    await using server = await startServer(at)
    const deployment = await pushVersion(at, '1')
    at.engine.control.program(imageOf(at, deployment), program)
    const failed = await reach(at, server, deployment, 'failed')
    expect(failed).toMatchObject({ code, why: expect.stringMatching(why) })
  })
})

test('a crash loop says how the last run ended', () => {
  const exits = (exitCode: number | null, outOfMemory = 0) =>
    Array.from({ length: 5 }, () => ({ exitCode, outOfMemory }))
  expect(crashWhy(exits(7), 600_000)).toBe(
    'The app ended 5 times within 10 minutes, last with exit code 7, so it is not started again.',
  )
  expect(crashWhy(exits(137, 1), 600_000)).toMatch(/last with out of memory/)
  expect(crashWhy(exits(null), 600_000)).toBe('The app ended 5 times within 10 minutes, so it is not started again.')
})
