import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dockerfileOf, instructions, nodeApp, packageJson, plan, planned, type Tree } from './tree.ts'

const dependencies = { ms: '2.1.3' }
const devDependencies = { vite: '6.0.0' }
const lock = { 'package-lock.json': null }

/** Every shape of Dockerfile that is generated. */
const shapes: Record<string, Tree> = {
  'node-npm': nodeApp({ dependencies }, { ...lock, '.npmrc': '' }),
  'node-npm-no-lock': nodeApp({ dependencies }),
  'node-npm-old': nodeApp({ dependencies, engines: { node: '14' } }, lock),
  'node-npm-build': nodeApp({ dependencies, scripts: { build: 'tsc', start: 'node dist/a.js' } }, lock),
  'node-npm-workspaces': nodeApp({ dependencies, workspaces: ['packages/*'] }, lock),
  'node-npm-development-kept': nodeApp({ scripts: { start: 'tsx a.ts' }, devDependencies: { tsx: '4' } }, lock),
  'node-no-packages': nodeApp(),
  'node-no-packages-build': nodeApp({ scripts: { build: 'node b.js', start: 'node a.js' } }),
  'node-next': nodeApp({ dependencies: { next: '15' }, scripts: { build: 'next build', start: 'next start' } }, lock),
  'node-pnpm': nodeApp({ dependencies }, { 'pnpm-lock.yaml': "lockfileVersion: '9.0'" }),
  'node-pnpm-build': nodeApp({ dependencies, scripts: { build: 'tsc', start: 'node a' } }, { 'pnpm-lock.yaml': null }),
  'node-yarn': nodeApp({ dependencies }, { 'yarn.lock': '' }),
  'node-yarn-build': nodeApp({ dependencies, scripts: { build: 'tsc', start: 'node a' } }, { 'yarn.lock': '' }),
  'node-vite': { 'package.json': packageJson({ devDependencies, scripts: { build: 'vite build' } }), ...lock },
  'node-astro': { 'package.json': packageJson({ dependencies: { astro: '5' }, scripts: { build: 'astro build' } }) },
  'static-root': { 'index.html': '' },
  'static-public': { 'public/index.html': '' },
  'static-single-page': { Staticfile: 'root: dist\nindex_fallback: true', 'dist/index.html': '' },
  'static-own-caddyfile': { 'index.html': '', Caddyfile: ':{$PORT}\nfile_server' },
}

describe('a generated Dockerfile', () => {
  it.each(Object.keys(shapes))('%s is the one that was reviewed', async (name) => {
    const found = planned(shapes[name] ?? {})
    await expect(found.dockerfile.content).toMatchFileSnapshot(`__golden__/${name}.Dockerfile`)
    for (const [path, text] of Object.entries(found.extraFiles)) {
      await expect(text).toMatchFileSnapshot(`__golden__/${name}.${path.split('/').at(-1)}`)
    }
  })

  it.each(Object.keys(shapes))('%s keeps the rules for the oldest builder', (name) => {
    expect(faults(dockerfileOf(shapes[name] ?? {}))).toEqual([])
  })

  it.each([
    ['# syntax=docker/dockerfile:1\nFROM a\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nRUN <<EOF\nEOF\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nCOPY --link a b\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nCOPY --exclude=a b c\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nARG SECRET\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nCMD ["a"]'],
    ['FROM a\nUSER 1000:1000\nCMD npm start'],
    ['FROM a\nRUN --mount=type=cache,target=/x npm ci\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nLABEL handcar.x=1\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a AS b\nFROM a\nCOPY --from=$B /x /x\nUSER 1000:1000\nCMD ["a"]'],
    ['FROM a\nEVIL\nUSER 1000:1000\nCMD ["a"]'],
  ])('that breaks a rule is noticed: %j', (text) => {
    expect(faults(text)).not.toEqual([])
  })

  it('has caches of its own service and epoch only', () => {
    const text = dockerfileOf(shapes['node-npm-build'] ?? {}, { serviceId: 'a b,c"\n', cacheEpoch: 7 })
    expect(text).toContain('id=hc-a-b-c---npm-7,')
    expect(faults(text)).toEqual([])
  })

  it('copies manifests before the source, so that a changed line installs nothing', () => {
    const lines = instructions(dockerfileOf(shapes['node-npm'] ?? {}))
    const at = (start: string) => lines.findIndex((line) => line.startsWith(start))
    expect(at('COPY package.json package-lock.json .npmrc ./')).toBeLessThan(at('RUN --mount=type=cache'))
    expect(lines.filter((line) => line.endsWith(' . .'))).toEqual(['COPY --chown=1000:1000 . .'])
    expect(at('COPY --chown=1000:1000 . .')).toBe(lines.length - 3)
  })
})

/** What the Dockerfile frontend of Docker 20.10 rejects, and what our images must hold. */
function faults(dockerfile: string): string[] {
  const lines = instructions(dockerfile)
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  const found = lines
    .filter((line) => !/^(?:FROM|RUN|COPY|ENV|WORKDIR|USER|CMD) /.test(line))
    .map((line) => `word: ${line}`)
  const forbidden = [
    /^\s*#\s*syntax/im,
    /<<-?\w/,
    /--link\b/,
    /--exclude\b/,
    /--parents\b/,
    /--from=\S*\$/,
    /\bLABEL\b/,
  ]
  for (const pattern of forbidden) if (pattern.test(dockerfile)) found.push(`forbidden: ${pattern}`)
  if (lastStage.some((line) => line.startsWith('ARG '))) found.push('ARG in the last stage')
  if (!lastStage.includes('USER 1000:1000')) found.push('no USER')
  if (!isExecForm(lines.at(-1) ?? '')) found.push('CMD is not last and in exec form')
  for (const mount of dockerfile.match(/--mount=\S*/g) ?? []) {
    if (!/^--mount=type=cache,id=hc-[\w-]+-\d+,target=\/[\w./-]+(?:,sharing=locked)?$/.test(mount)) found.push(mount)
  }
  const writes = lastStage.some((line) => line === 'WORKDIR /app') && !lastStage.includes('RUN chown 1000:1000 /app')
  return writes ? [...found, 'the app cannot write beside itself'] : found
}

function isExecForm(line: string): boolean {
  if (!line.startsWith('CMD [')) return false
  const words: unknown = JSON.parse(line.slice(4))
  return Array.isArray(words) && words.every((word) => typeof word === 'string')
}

describe('a hostile repository', () => {
  const evil = [
    'x\nRUN evil',
    'x\\',
    'x\\\nUSER root',
    '"] \nRUN evil\nCMD ["',
    "'; evil; '",
    '$(evil)',
    '`evil`',
    '$PATH',
    '\r\nRUN evil',
    '\u2028RUN evil',
    '\u0085RUN evil',
    '# escape=`',
    '<<EOF\nRUN evil\nEOF',
    '--from=evil',
    '\0',
    '\ud800',
  ]
  const kinds = (dockerfile: string) => instructions(dockerfile).map((line) => line.split(/[ [{]/)[0])

  it.each(evil)('cannot add an instruction with %j as a start command', (text) => {
    const apps: Tree[] = [
      nodeApp({ scripts: { start: text } }),
      nodeApp({}, { Procfile: `web: ${text}` }),
      nodeApp({ scripts: { start: 'npm run a', a: `node ${text}`, prestart: text } }),
    ]
    const plain = kinds(dockerfileOf(nodeApp()))
    for (const app of apps) expect(kinds(dockerfileOf(app))).toEqual(plain)
    expect(kinds(dockerfileOf(nodeApp(), { startCommand: text }))).toEqual(plain)
  })

  it.each(evil)('cannot add an instruction with %j anywhere else', (text) => {
    const trees: Tree[] = [
      nodeApp({ engines: { node: text } }),
      nodeApp({ engines: { node: `20 ${text}`, pnpm: text } }),
      nodeApp({ main: text, packageManager: `pnpm@${text}`, dependencies: { [text]: text } }),
      nodeApp({ packageManager: `pnpm@9.0.0${text}`, dependencies }),
      nodeApp({ volta: { node: text } }, { '.nvmrc': text }),
      nodeApp({ dependencies }, { 'pnpm-lock.yaml': `lockfileVersion: '${text}'`, [text]: text }),
      nodeApp({ dependencies }, { '.tool-versions': `nodejs ${text}`, 'mise.toml': `[tools]\nnode="${text}"` }),
      { 'package.json': packageJson({ devDependencies, scripts: { build: `vite build --outDir ${text}` } }) },
      {
        'package.json': packageJson({ devDependencies, scripts: { build: 'vite build' } }),
        'vite.config.js': `outDir: '${text}'`,
      },
      { 'package.json': packageJson({ devDependencies, scripts: { [text]: text } }), [text]: '' },
      { Staticfile: `root: ${text}`, [`${text}/index.html`]: '', 'index.html': '' },
      { 'index.html': '', [text]: '', [`public/${text}`]: '' },
    ]
    for (const tree of trees) {
      const found = plan(tree)
      const content = 'failed' in found ? '' : (found.dockerfile.content ?? '')
      if (content !== '') expect(faults(content)).toEqual([])
      const written = content.split('\n').filter((line) => !line.startsWith('CMD '))
      expect(written.join('\n')).not.toMatch(/evil|USER root|[^ -~\n]/)
      const said = 'failed' in found ? `${found.why}` : ''
      const lines = [...found.warnings, said, ...found.decisions.map(({ value, source }) => `${value} ${source}`)]
      for (const line of lines) expect(line).not.toMatch(/[\n\r\0\u0085\u2028]/)
    }
  })
})

describe('any repository', () => {
  const name = fc.constantFrom(
    ...[
      'package.json',
      'Procfile',
      '.nvmrc',
      '.node-version',
      '.tool-versions',
      'mise.toml',
      'yarn.lock',
      'pnpm-lock.yaml',
    ],
    ...[
      'index.html',
      'Staticfile',
      'Caddyfile',
      '.dockerignore',
      'vite.config.ts',
      'astro.config.mjs',
      'requirements.txt',
    ],
    ...['server.js', 'go.mod', 'public/a', 'a/package.json', 'deno.json', 'next.config.js', 'package-lock.json'],
  )
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('node a', '20', 'vite', '^20', 'npm run b'),
  )
  const json = fc
    .record(
      {
        scripts: fc.dictionary(fc.constantFrom('start', 'build', 'prestart', '__proto__', 'constructor'), word),
        dependencies: fc.dictionary(fc.oneof(word, fc.constantFrom('vite', 'astro', 'next', 'nuxt')), word, {
          maxKeys: 3,
        }),
        devDependencies: fc.oneof(fc.dictionary(word, word, { maxKeys: 2 }), fc.jsonValue()),
        engines: fc.dictionary(fc.constantFrom('node', 'npm', 'pnpm', 'yarn'), word),
        main: word,
        packageManager: word,
        volta: fc.jsonValue(),
        devEngines: fc.jsonValue(),
        workspaces: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value))
  const content = fc.oneof(word, json, fc.json(), fc.constant(null))
  const tree = fc.dictionary(fc.oneof({ weight: 5, arbitrary: name }, word), content, { maxKeys: 8 })

  it('is planned or refused, and never throws', () => {
    const settings = fc.record({
      rootDirectory: fc.option(word, { nil: undefined }),
      startCommand: fc.option(word, { nil: undefined }),
    })
    fc.assert(
      fc.property(tree, settings, json, (files, chosen, manifest) => {
        const found = plan({ 'package.json': manifest, ...files }, chosen)
        const text = 'failed' in found ? undefined : found.dockerfile.content
        if (text !== undefined) expect(faults(text)).toEqual([])
        expect('failed' in found ? found.why : found.builder).toBeTruthy()
      }),
      { numRuns: 1500 },
    )
  })
})
