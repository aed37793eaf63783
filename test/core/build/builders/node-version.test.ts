import { describe, expect, it } from 'vitest'
import { decided, nodeApp, planned, refused, type Tree } from '../tree.ts'

function versionOf(
  engines: string | undefined,
  files: Tree = {},
  more: Record<string, unknown> = {},
): string | undefined {
  const parts = engines === undefined ? more : { engines: { node: engines }, ...more }
  const found = planned(nodeApp(parts, files))
  return /^FROM node:(\S+)-slim/m.exec(found.dockerfile.content ?? '')?.[1]
}

describe('the version of Node', () => {
  it.each<[string | undefined, Tree, string]>([
    [undefined, {}, '24'],
    ['22', {}, '22'],
    ['22.x', {}, '22'],
    ['22.x.x', {}, '22'],
    ['>=18', {}, '24'],
    ['>=14.0.0', {}, '24'],
    ['*', {}, '24'],
    ['>=18 <21', {}, '20'],
    ['>=25', {}, '26'],
    ['^20 || >=22', {}, '24'],
    ['23.5.0', {}, '23.5.0'],
    ['^23', {}, '23'],
    ['~20.11.0', {}, '20.11'],
    ['>=20.1 <20.5', {}, '20.4'],
    [undefined, { '.nvmrc': 'v14.18.1\n' }, '14.18.1'],
    [undefined, { '.nvmrc': '# ours\nlts/iron # long' }, '20'],
    [undefined, { '.nvmrc': 'lts/*' }, '24'],
    [undefined, { '.nvmrc': 'lts/-1' }, '22'],
    [undefined, { '.nvmrc': 'hydrogen' }, '18'],
    [undefined, { '.nvmrc': 'node' }, '26'],
    [undefined, { '.node-version': 'v22.12.0' }, '22.12.0'],
    [undefined, { '.tool-versions': 'ruby 3.3\nnodejs 20.11.1\n' }, '20.11.1'],
    [undefined, { 'mise.toml': '[env]\nnode = "8"\n[tools]\npython = "3"\nnode = "22"\n' }, '22'],
    ['>=18', { '.nvmrc': '20' }, '20'],
    ['>=18.17', { '.nvmrc': '18' }, '18'],
    ['^22', { '.nvmrc': '20' }, '22'],
    ['>=18', { '.nvmrc': '20', '.node-version': '22' }, '20'],
  ])('asked for as %j with %j is %s', (engines, files, expected) => {
    expect(versionOf(engines, files)).toBe(expected)
  })

  it('is read from devEngines and volta too', () => {
    expect(versionOf(undefined, {}, { devEngines: { runtime: { name: 'node', version: '^22' } } })).toBe('22')
    expect(
      versionOf(undefined, {}, { devEngines: { runtime: [{ name: 'bun' }, { name: 'node', version: '20' }] } }),
    ).toBe('20')
    expect(versionOf(undefined, {}, { volta: { node: '20.9.0' } })).toBe('20.9.0')
  })

  it('is kept with the place it was read from', () => {
    const found = planned(nodeApp({ engines: { node: '>=18' } }, { '.nvmrc': '20' }))
    expect(decided(found, 'Node')).toBe('20 (.nvmrc: 20, within package.json > engines.node: >=18)')
    expect(decided(planned(nodeApp()), 'Node')).toBe('24 (default: no version is declared)')
  })

  it('that contradicts the one used is named in a warning', () => {
    const found = planned(nodeApp({ engines: { node: '^22' } }, { '.nvmrc': '20', '.node-version': '18' }))
    expect(found.warnings).toEqual([
      '.nvmrc asks for Node 20; package.json > engines.node was followed instead.',
      '.node-version asks for Node 18; package.json > engines.node was followed instead.',
    ])
  })

  it.each<[string | undefined, Tree, string, string]>([
    ['stable', {}, 'package.json > engines.node', '`stable`'],
    ['0.11.333', {}, 'package.json > engines.node', '`0.11.333`'],
    ['99', {}, 'package.json > engines.node', '`99`'],
    ['>=18 <16', {}, 'package.json > engines.node', '`>=18 <16`'],
    ['22.0.0-nightly', {}, 'package.json > engines.node', '`22.0.0-nightly`'],
    [undefined, { '.nvmrc': 'system' }, '.nvmrc', '`system`'],
    [undefined, { '.nvmrc': 'constructor' }, '.nvmrc', '`constructor`'],
    [undefined, { '.nvmrc': 'v20\\\nRUN evil $(id)"' }, '.nvmrc', '`"v20\\\\"`'],
    ['20"\nRUN evil', {}, 'package.json > engines.node', '`"20\\"\\nRUN evil"`'],
  ])('that cannot be had (%j, %j) is a failure, never another version', (engines, files, source, value) => {
    const found = refused(nodeApp(engines === undefined ? {} : { engines: { node: engines } }, files))
    expect(found.code).toBe('build.no_builder')
    expect(found.why).toContain(source)
    expect(found.why).toContain(value)
    expect(found.hint).toContain(source)
  })
})
