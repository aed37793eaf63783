import { describe, expect, it } from 'vitest'
import { decided, dockerfileOf, nodeApp, packageJson, planned, refused, type Tree } from '../tree.ts'

function command(dockerfile: string): unknown {
  return JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? 'null')
}

function startOf(scripts: Record<string, string>, files: Tree = {}, more: Record<string, unknown> = {}): unknown {
  return command(dockerfileOf({ 'package.json': packageJson({ scripts, ...more }), ...files }))
}

describe('the start of a Node app', () => {
  it.each<[string, Record<string, string>, Tree, Record<string, unknown>, string[]]>([
    ['the start script, without npm', { start: 'node server.js' }, {}, {}, ['node', 'server.js']],
    [
      'the Procfile before the start script',
      { start: 'node a.js' },
      { Procfile: 'web: node b.js' },
      {},
      ['node', 'b.js'],
    ],
    ['a Procfile that calls a script', { start: 'node a.js' }, { Procfile: 'web: npm start' }, {}, ['node', 'a.js']],
    ['a script that calls a script', { start: 'npm run serve', serve: 'node c.js' }, {}, {}, ['node', 'c.js']],
    [
      'the script before it',
      { prestart: 'node m.js', start: 'node a.js' },
      {},
      {},
      ['sh', '-c', 'node m.js && exec node a.js'],
    ],
    [
      'npm, where the script reads what npm sets',
      { start: 'node a.js $npm_package_version' },
      {},
      {},
      ['npm', 'run', 'start'],
    ],
    ['main', {}, { 'src/index.js': '' }, { main: 'src/index.js' }, ['node', 'src/index.js']],
    ['main without its ending', {}, { 'lib/app.js': '' }, { main: './lib/app' }, ['node', 'lib/app.js']],
    ['main that the build makes', { build: 'tsc' }, {}, { main: 'dist/index.js' }, ['node', 'dist/index.js']],
    ['index.js', {}, { 'index.js': '', 'server.js': '' }, {}, ['node', 'index.js']],
    ['server.js', {}, { 'server.js': '' }, {}, ['node', 'server.js']],
    ['TypeScript that Node runs itself', {}, { 'index.ts': '' }, {}, ['node', 'index.ts']],
    ['index.js where main does not exist', {}, { 'index.js': '' }, { main: 'gone.js' }, ['node', 'index.js']],
    ['Nuxt', { build: 'nuxt build' }, {}, { dependencies: { nuxt: '3' } }, ['node', '.output/server/index.mjs']],
    [
      'SvelteKit',
      { build: 'vite build' },
      {},
      { devDependencies: { '@sveltejs/adapter-node': '5', vite: '6', '@sveltejs/kit': '2' } },
      ['node', 'build'],
    ],
    [
      'Astro with a server',
      { build: 'astro build', start: 'astro dev' },
      {},
      { dependencies: { astro: '5', '@astrojs/node': '9' } },
      ['node', './dist/server/entry.mjs'],
    ],
    ['Next.js', { build: 'next build' }, {}, { dependencies: { next: '15' } }, ['next', 'start']],
  ])('is %s', (_title, scripts, files, more, expected) => {
    expect(startOf(scripts, files, more)).toEqual(expected)
  })

  it('is the start command of the settings before everything', () => {
    const found = planned(nodeApp({}, { Procfile: 'web: node b.js' }), { startCommand: 'node worker.js' })
    expect(command(found.dockerfile.content ?? '')).toEqual(['node', 'worker.js'])
    expect(decided(found, 'Start')).toBe('node worker.js (Settings > start command)')
  })

  it('that nobody names is a failure that lists the scripts', () => {
    const found = refused({ 'package.json': packageJson({ scripts: { dev: 'vite', test: 'x' } }), 'a.js': '' })
    expect(found.code).toBe('build.no_builder')
    expect(found.why).toContain('does not say how the app starts')
    expect(found.why).toContain('Its scripts: dev, test.')
    expect(found.hint).toContain('"start": "node server.js"')
  })

  it('with a program that is not there is a failure', () => {
    expect(refused({ 'package.json': packageJson({ scripts: { start: 'bun index.ts' } }) }).why).toContain(
      'started with bun',
    )
  })

  it('in a Procfile with a merge conflict is a failure', () => {
    expect(refused(nodeApp({}, { Procfile: '<<<<<<< HEAD\nweb: a\n=======' })).why).toContain('merge conflict')
  })

  it('keeps a colon, a hash and the rest of a Procfile line as they are', () => {
    const found = planned(
      nodeApp({}, { Procfile: '# ours\nworker: node w.js\nrelease: node m.js\nweb: node a.js --tag=a:b #1\n' }),
    )
    expect(command(found.dockerfile.content ?? '')).toEqual(['sh', '-c', 'exec node a.js --tag=a:b #1'])
    expect(found.warnings).toEqual([
      'Procfile: the process `worker` is not started; only `web` is.',
      'Procfile: the process `release` is not started; only `web` is.',
    ])
  })

  it('that needs a development package keeps them all', () => {
    const app = nodeApp(
      { scripts: { start: 'tsx --watch=0 server.ts' }, devDependencies: { tsx: '4' } },
      { 'package-lock.json': null },
    )
    const found = planned(app)
    expect(found.dockerfile.content).not.toMatch(/prune|omit=dev/)
    expect(decided(found, 'Development packages')).toBe('kept (the start command uses tsx)')
    const compiled = nodeApp({ scripts: { start: 'tsc && node a.js' }, devDependencies: { typescript: '5' } })
    expect(dockerfileOf(compiled)).not.toMatch(/prune|omit=dev/)
  })

  it('that needs a shell says that SIGTERM may not arrive', () => {
    expect(planned(nodeApp({ scripts: { start: 'node a.js | tee log' } })).warnings[0]).toContain('SIGTERM')
  })
})

describe('the packages of a Node app', () => {
  const some = { dependencies: { ms: '2.1.3' } }

  it.each<[string, Record<string, unknown>, Tree, string, RegExp]>([
    ['npm with a lock file', some, { 'package-lock.json': null }, 'npm (package-lock.json)', /npm ci .*--omit=dev/],
    ['npm with a shrinkwrap', some, { 'npm-shrinkwrap.json': null }, 'npm (npm-shrinkwrap.json)', /npm ci/],
    ['npm without a lock file', some, {}, 'npm (default: no lock file)', /npm install .*--omit=dev/],
    [
      'npm of an old Node',
      { ...some, engines: { node: '14' } },
      {},
      'npm (default: no lock file)',
      /npm install .*--production/,
    ],
    [
      'pnpm by its lock file',
      some,
      { 'pnpm-lock.yaml': "lockfileVersion: '6.0'" },
      'pnpm 8.15.9 (pnpm-lock.yaml)',
      /pnpm@8\.15\.9/,
    ],
    [
      'pnpm by a large lock file',
      some,
      { 'pnpm-lock.yaml': null },
      'pnpm 10.34.9 (pnpm-lock.yaml)',
      /--frozen-lockfile/,
    ],
    [
      'pnpm by name',
      { ...some, packageManager: 'pnpm@9.1.0+sha512.abc' },
      {},
      'pnpm 9.1.0 (package.json > packageManager: pnpm@9.1.0+sha512.abc)',
      /--no-frozen-lockfile/,
    ],
    [
      'pnpm by engines',
      { ...some, engines: { pnpm: '8.x' } },
      {},
      'pnpm 8.15.9 (package.json > engines.pnpm)',
      /pnpm@8\.15\.9/,
    ],
    [
      'Yarn 1',
      some,
      { 'yarn.lock': '# yarn lockfile v1' },
      'yarn 1.22.22 (yarn.lock)',
      /yarn install --production --frozen-lockfile/,
    ],
  ])('are installed with %s', (_title, parts, files, decision, step) => {
    const found = planned(nodeApp(parts, files))
    expect(decided(found, 'Package manager')).toBe(decision)
    expect(found.dockerfile.content).toMatch(step)
  })

  it.each<[string, Record<string, unknown>, Tree]>([
    ['Bun', some, { 'bun.lock': '' }],
    ['Bun', some, { 'bun.lockb': null }],
    ['Yarn 2', some, { 'yarn.lock': '__metadata:\n  version: 8' }],
    ['Yarn 2', some, { 'yarn.lock': '', '.yarnrc.yml': '' }],
    ['Yarn 2', { ...some, packageManager: 'yarn@4.9.2' }, {}],
    ['vlt', { ...some, packageManager: 'vlt@1.0.0' }, {}],
  ])('of %s are refused by name', (title, parts, files) => {
    const found = refused(nodeApp(parts, files))
    expect(found.code).toBe('build.no_builder')
    expect(found.why).toContain(`does not install with ${title}`)
    expect(found.hint).toContain('Add a Dockerfile')
  })

  it('are installed by one tool when several left a lock file, and the others are named', () => {
    const found = planned(nodeApp(some, { 'package-lock.json': null, 'yarn.lock': '' }))
    expect(decided(found, 'Package manager')).toBe('npm (package-lock.json)')
    expect(found.warnings).toEqual(['yarn.lock: left out, npm installs (package-lock.json).'])
  })

  it('need no step when there are none', () => {
    const text = dockerfileOf(nodeApp({}, { 'package-lock.json': null }))
    expect(text).not.toContain('npm')
    expect(text.match(/^FROM/gm)).toHaveLength(1)
  })

  it.each<[string, Record<string, unknown>, Tree]>([
    ['an install script', { ...some, scripts: { start: 'node a', postinstall: 'node p' } }, {}],
    ['a local package', { dependencies: { own: 'file:./own' } }, {}],
    ['workspaces', { ...some, workspaces: ['packages/*'] }, {}],
    ['Prisma', some, { 'prisma/schema.prisma': '' }],
    ['patches', some, { 'patches/a.patch': '' }],
  ])('are installed after the source is there for %s', (_title, parts, files) => {
    expect(dockerfileOf(nodeApp(parts, files))).toMatch(/WORKDIR \/app\nCOPY \. \.\nRUN --mount/)
  })

  it('committed with the source stay out, and manifests go in whatever .dockerignore says', () => {
    const found = planned(nodeApp(some, { 'package-lock.json': null, '.npmrc': '', '.dockerignore': '*\n!server.js' }))
    const ours = ['**/node_modules', '.handcar', '!package.json', '!package-lock.json', '!.npmrc']
    expect(found.ignore).toEqual(['*', '!server.js', ...ours])
  })

  it('whose install scripts npm 12 skips are named', () => {
    const parts = { dependencies: { 'better-sqlite3': '12' } }
    expect(planned(nodeApp(parts)).warnings[0]).toContain('"allowScripts": { "better-sqlite3": true }')
    expect(planned(nodeApp({ ...parts, allowScripts: { 'better-sqlite3': true } })).warnings).toEqual([])
    expect(planned(nodeApp({ ...parts, engines: { node: '22' } })).warnings).toEqual([])
  })
})

describe('the build of a Node app', () => {
  it('runs the build script, and leaves development packages behind', () => {
    const text = dockerfileOf(
      nodeApp({ scripts: { build: 'tsc', start: 'node dist' }, devDependencies: { typescript: '5' } }),
    )
    expect(text.indexOf('npm run build')).toBeLessThan(text.indexOf('npm prune --omit=dev'))
  })

  it('runs heroku-postbuild where there is no build script', () => {
    const app = nodeApp({ scripts: { 'heroku-postbuild': 'node b', start: 'node a' } })
    expect(dockerfileOf(app)).toContain('RUN npm run heroku-postbuild')
  })

  it.each<[string, string | null, string]>([
    ['a link, or too large', null, 'cannot be read'],
    ['no JSON', '{ "name": ', 'not valid JSON'],
    ['no object', '[]', 'not valid JSON'],
  ])('with a package.json that is %s is refused', (_title, text, why) => {
    expect(refused({ 'package.json': text }).why).toContain(why)
  })

  it('takes no harm from a package.json of strange shapes', () => {
    const strange = packageJson({
      scripts: 3,
      dependencies: [1],
      engines: 'x',
      main: {},
      volta: null,
      devEngines: [[]],
      packageManager: 5,
    })
    expect(planned({ 'package.json': strange, 'server.js': '' }).builder).toBe('node')
  })
})
