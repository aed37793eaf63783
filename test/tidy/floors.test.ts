import { describe, expect, it } from 'vitest'
import { deadFiles, floorFaults, importCircles, packageFaults } from './floors.ts'
import { product, sources } from './repository.ts'
import { importsOf } from './scan.ts'

const plant = (path: string, text: string) => ({ path, text })

describe('floors', () => {
  it('are kept by every import', () => {
    expect(floorFaults(product)).toEqual([])
  })

  it.each([
    [
      'src/core/route/publish.ts',
      "import { x } from '../../adapters/traefik/config.ts'",
      'core may not import adapters',
    ],
    ['src/core/route/publish.ts', "import type { X } from '../../adapters/traefik/config.ts'", 'core may not import'],
    ['src/core/route/publish.ts', "const x = await import('../../web/app.ts')", 'core may not import web'],
    ['src/core/route/publish.ts', "import { x } from '../../worker.ts'", 'core may not import entry'],
    ['src/web/app.ts', "import { x } from '../core/event/store.ts'", 'web may not import a store'],
    ['src/web/app.ts', "import { x } from '../kernel/db.ts'", 'web may not import a store or the database'],
    ['src/adapters/docker/a.ts', "import { x } from '../traefik/b.ts'", 'one adapter may not import another'],
    ['src/adapters/docker/a.ts', "import type { X } from '../../core/ctx.ts'", 'adapters may not import core'],
    ['views/service/show.tsx', "import { isOpen } from '../../src/core/deployment/deployment.ts'", 'as a value'],
    ['src/kernel/db.ts', "import { x } from '../core/ctx.ts'", 'kernel may not import core'],
    ['migrations/0001_init.ts', "import { newId } from '../src/kernel/ids.ts'", 'migrations may not import kernel'],
    ['src/core/release/a.ts', "import { insertJob } from '../deployment/store.ts'", "another noun's store"],
    ['src/main.ts', "import { x } from '../test/support/world.ts'", 'does not ship'],
  ])('notice %s with %s', (path, text, fault) => {
    expect(floorFaults([plant(path, text)]).join()).toContain(fault)
  })

  it('let types of core into views and writes of one transaction into another noun', () => {
    const view = plant('views/a.tsx', "import type { Service } from '../src/core/service/service.ts'")
    const act = plant('src/core/release/a.ts', "import { recordEventIn, type NewEvent } from '../event/store.ts'")
    expect(floorFaults([view, act])).toEqual([])
  })
})

describe('outside packages', () => {
  it('stay in their one room', () => {
    expect(packageFaults(product)).toEqual([])
  })

  it.each([
    ['src/core/build/a.ts', "import Docker from 'dockerode'", 'dockerode belongs in src/adapters/docker/'],
    ['src/core/build/a.ts', "import type Docker from 'dockerode'", 'dockerode belongs in'],
    ['src/commands/a.ts', "import { spawn } from 'node:child_process'", 'belongs in src/kernel/process.ts'],
    ['src/core/ctx.ts', "import { html } from 'hono/html'", 'hono belongs in src/web/, views/'],
    ['src/core/ctx.ts', "import leftPad from 'left-pad'", 'left-pad has no room'],
  ])('are noticed in %s: %s', (path, text, fault) => {
    expect(packageFaults([plant(path, text)]).join()).toContain(fault)
  })
})

describe('imports', () => {
  it('make no circle', () => {
    expect(importCircles(product)).toEqual([])
  })

  it('are noticed when they make one, over types too', () => {
    const one = plant('src/core/a.ts', "import { b } from './b.ts'")
    const other = plant('src/core/b.ts', "import type { A } from './a.ts'")
    expect(importCircles([one, other])).toEqual(['src/core/a.ts → src/core/b.ts → src/core/a.ts'])
  })

  it('are read in every form, and not from comments or strings', () => {
    const text = [
      "import a, { type B, c as d } from './a.ts'",
      "import type { E } from './e.ts'",
      "import './f.ts'",
      "export { g } from './g.ts'",
      "export type { H } from './h.ts'",
      "const i = await import('./i.ts')",
      "// import { j } from './j.ts'",
      'const k = `import { l } from "./l.ts"`',
    ].join('\n')
    expect(importsOf(plant('x.ts', text)).map(({ specifier, isTypeOnly }) => [specifier, isTypeOnly])).toEqual([
      ['./a.ts', false],
      ['./e.ts', true],
      ['./f.ts', false],
      ['./g.ts', false],
      ['./h.ts', true],
      ['./i.ts', false],
    ])
  })
})

describe('files', () => {
  const shipped = (path: string) => ['src/main.ts', 'build.ts', 'public/app.ts', 'public/editor.ts'].includes(path)
  const checked = (path: string) =>
    /\.test\.tsx?$/.test(path) || /^test\/(?:vitest\.(?:config|setup)|bench\/run)\.ts$/.test(path)

  it('are all reached from an entry, a test or the bench', () => {
    expect(deadFiles(sources, (path) => shipped(path) || checked(path))).toEqual([])
  })

  it('that ship are reached without the tests, but for the adapters in memory', () => {
    const dead = deadFiles(product, shipped).filter((path) => !path.startsWith('src/adapters/memory/'))
    expect(dead).toEqual([])
  })

  it('that nothing leads to are noticed', () => {
    const files = [plant('src/main.ts', "import './a.ts'"), plant('src/a.ts', ''), plant('src/b.ts', '')]
    expect(deadFiles(files, shipped)).toEqual(['src/b.ts'])
  })
})
