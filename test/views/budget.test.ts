import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlePublic } from '../support/bundle-public.ts'
import { deploymentPage, logOf, pages, selectedOf, servicePage } from './pages.tsx'
import * as sample from './samples.ts'

let folder: string
let files: Map<string, Uint8Array>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handcar-budget-'))
  files = await bundlePublic(folder)
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const packed = (bytes: Uint8Array | string) => gzipSync(bytes, { level: 9 }).length / 1024

test.each([
  ['app.css', 14],
  ['app.js', 30],
  ['editor.js', 26],
  ['theme.js', 1],
])('%s is at most %i KB packed', (name, kilobytes) => {
  expect(packed(files.get(name) ?? new Uint8Array(1e6))).toBeLessThan(kilobytes)
})

test('the two fonts are at most 92 KB', () => {
  const fonts = [...files].filter(([name]) => name.endsWith('.woff2'))
  expect(fonts).toHaveLength(2)
  expect(fonts.reduce((sum, [, bytes]) => sum + bytes.length, 0) / 1024).toBeLessThan(92)
})

test.each(Object.entries(pages))('%s is at most 15 KB packed', (_, render) => {
  expect(packed(String(render()))).toBeLessThan(15)
})

test('a page with 50 deployments and 1,000 lines is at most 20 KB packed', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => ({
    number: index + 1,
    at: sample.now + index * 37,
    text: `   Generating static pages (${index}/48)`,
  }))
  const items = Array.from({ length: 50 }, (_, index) => ({
    deployment: sample.deployment(100 - index, { commitSubject: `Change number ${index * 7919}` }),
    actions: ['rollback' as const],
  }))
  const [item] = items
  if (item === undefined) throw new Error('no item')
  const log = { source: 'build' as const, props: logOf(item, lines) }
  expect(packed(String(deploymentPage(41, { log })))).toBeLessThan(20)
  expect(packed(String(servicePage({ items, selected: selectedOf(item) })))).toBeLessThan(20)
})

test('no view has an inline style or handler, and none uses what a strict policy forbids', async () => {
  const views = join(import.meta.dirname, '../../views')
  for (const name of await readdir(views, { recursive: true })) {
    if (!/\.tsx?$/.test(name)) continue
    const text = await readFile(join(views, name), 'utf8')
    expect([name, /\bstyle=|\bhx-on|\bjs:|hx-trigger=["'{][^"'}]*\[|\bon[a-z]+=\{/i.exec(text)?.[0]]).toEqual([
      name,
      undefined,
    ])
  }
})
