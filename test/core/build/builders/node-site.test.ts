import { describe, expect, it } from 'vitest'
import { decided, packageJson, planned, refused, type Tree } from '../tree.ts'

describe('a static site that Node builds', () => {
  it('is planned although its configuration opens comments without end', () => {
    const files = { 'vite.config.js': `/* outDir: 'old' */ outDir: 'new' ${'/* '.repeat(500_000)}` }
    const json = packageJson({ scripts: { build: 'vite build' }, devDependencies: { vite: '6' } })
    expect(decided(planned({ 'package.json': json, ...files }), 'Output folder')).toContain('new')
  })

  const vite = { scripts: { build: 'vite build' }, devDependencies: { vite: '6' } }

  it.each<[string, Record<string, unknown>, Tree, string]>([
    ['Vite', vite, {}, 'dist'],
    [
      'Vite with a start script of its own',
      { ...vite, scripts: { build: 'vite build', start: 'vite preview --port 80' } },
      {},
      'dist',
    ],
    [
      'Vite with another folder',
      vite,
      { 'vite.config.ts': "export default { build: { outDir: 'out/web' } }" },
      'out/web',
    ],
    ['Vite with a folder in a comment', vite, { 'vite.config.js': "// outDir: 'old'\n/* outDir: 'older' */" }, 'dist'],
    ['Vite with a folder by option', { ...vite, scripts: { build: 'tsc && vite build --outDir www' } }, {}, 'www'],
    [
      'Vite with another root',
      vite,
      { 'vite.config.mjs': "export default { root: 'client', build: { outDir: '../public' } }" },
      'public',
    ],
    [
      'Create React App',
      {
        scripts: { build: 'react-scripts build', start: 'react-scripts start' },
        dependencies: { 'react-scripts': '5' },
      },
      {},
      'build',
    ],
    [
      'Create React App elsewhere',
      { scripts: { build: 'BUILD_PATH=./www react-scripts build' }, dependencies: { 'react-scripts': '5' } },
      {},
      './www',
    ],
    ['Astro', { scripts: { build: 'astro build', start: 'astro dev' }, dependencies: { astro: '5' } }, {}, 'dist'],
    [
      'Astro elsewhere',
      { scripts: { build: 'astro build' }, dependencies: { astro: '5' } },
      { 'astro.config.mjs': "export default { outDir: './site' }" },
      './site',
    ],
  ])('%s has its folder', (_title, parts, files, folder) => {
    const found = planned({ 'package.json': packageJson(parts), ...files })
    expect(found.dockerfile.content).toContain(`COPY --from=build /app/${folder.replace('./', '')} /srv`)
    expect(found.extraFiles['.handcar/Caddyfile']).toContain('root * /srv')
  })

  it.each<[string, Record<string, unknown>, Tree]>([
    ['a start script', { ...vite, scripts: { build: 'vite build', start: 'node server.js' } }, {}],
    ['a Procfile', vite, { Procfile: 'web: node server.js' }],
    ['a framework with a server', { ...vite, dependencies: { '@remix-run/dev': '2' } }, { 'server.js': '' }],
    [
      'Astro with an adapter',
      { scripts: { build: 'astro build' }, dependencies: { astro: '5', '@astrojs/node': '9' } },
      {},
    ],
    ['no build script', { devDependencies: { vite: '6' } }, { 'server.js': '' }],
  ])('is a server when there is %s', (_title, parts, files) => {
    const found = planned({ 'package.json': packageJson(parts), ...files })
    expect(found.extraFiles).toEqual({})
    expect(decided(found, 'Start')).toBeDefined()
  })

  it.each<[string, Record<string, unknown>, Tree]>([
    ['Angular', { scripts: { build: 'ng build', start: 'ng serve' }, dependencies: { '@angular/core': '20' } }, {}],
    ['Expo', { scripts: { build: 'expo export' }, dependencies: { expo: '52' } }, {}],
    [
      'static export of Next.js',
      { scripts: { build: 'next build', start: 'next start' }, dependencies: { next: '15' } },
      { 'next.config.mjs': "export default { output: 'export' }" },
    ],
    ['static export of Nuxt', { scripts: { build: 'nuxt generate' }, dependencies: { nuxt: '3' } }, {}],
    [
      'React Router without a server',
      { scripts: { build: 'react-router build' }, dependencies: { react: '19' } },
      { 'react-router.config.ts': 'export default { ssr: false }' },
    ],
  ])('%s is refused by name', (title, parts, files) => {
    expect(refused({ 'package.json': packageJson(parts), ...files }).why).toContain(title)
  })

  it.each(['../up', '/etc', 'a b', 'a/../../b', '$HOME', 'a\\', '*', '.', '-x'])(
    'with the folder %j is refused',
    (outDir) => {
      const config = `export default { build: { outDir: '${outDir}' } }`
      const found = refused({ 'package.json': packageJson(vite), 'vite.config.js': config })
      expect(found.why).toContain('is not a plain path')
    },
  )
})
