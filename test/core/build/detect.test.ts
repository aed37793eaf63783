import { describe, expect, it } from 'vitest'
import { detect } from '../../../src/core/build/detect.ts'
import { decided, nodeApp, packageJson, plan, planned, refused, type Tree, treeOf } from './tree.ts'

function winner(files: Tree): string {
  const found = detect(treeOf(files))
  if ('failed' in found) return found.code
  return 'dockerfile' in found ? 'dockerfile' : found.provider.name
}

const assets = packageJson({ scripts: { build: 'vite build' }, devDependencies: { vite: '6' } })
const starts = packageJson({ scripts: { start: 'node server.js' } })

describe('a commit of very many folders', () => {
  const crowd = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`a${index}/b/notes.md`, '']))

  it('is told which of them would build', () => {
    expect(refused({ ...crowd, 'web/index.html': '', 'site/public/a.css': '' }).hint).toMatch(/`site`.*`web`/s)
  })

  it('is told which of them was meant as the root directory', () => {
    const hint = refused({ ...crowd, 'Web/index.html': '' }, { rootDirectory: 'web' }).hint
    expect(hint).toContain('Set the root directory to `Web`')
  })
})

describe('detection', () => {
  it.each<[string, Tree, string]>([
    [
      'a Dockerfile wins over everything',
      { Dockerfile: 'FROM scratch', 'package.json': '{}', 'go.mod': '' },
      'dockerfile',
    ],
    ['a package.json is Node', { 'package.json': '{}' }, 'node'],
    ['a server.js alone is Node', { 'server.js': '' }, 'node'],
    ['an index.html is static files', { 'index.html': '' }, 'static'],
    ['a folder public is static files', { 'public/index.html': '' }, 'static'],
    ['a Staticfile is static files', { Staticfile: 'root: dist' }, 'static'],
    ['an index.html beside package.json is Node', { 'index.html': '', 'package.json': '{}' }, 'node'],
    ['requirements.txt is Python', { 'requirements.txt': 'flask' }, 'python'],
    ['package.json for linting beside Python is Python', { 'requirements.txt': '', 'package.json': '{}' }, 'python'],
    [
      'a Python web framework wins over a start script',
      { 'requirements.txt': 'Flask==3', 'package.json': starts },
      'python',
    ],
    ['a start script wins over Python tools', { 'pyproject.toml': '[tool.ruff]', 'package.json': starts }, 'node'],
    [
      'a Procfile that runs node wins over Python',
      { 'requirements.txt': 'flask', 'package.json': '{}', Procfile: 'web: node a' },
      'node',
    ],
    [
      'a Python script beside a Node app changes nothing',
      nodeApp({}, { 'seed.py': '', Procfile: 'web: node server.js' }),
      'node',
    ],
    ['root Python files with a Procfile are Python', { 'web.py': '', Procfile: 'web: python web.py' }, 'python'],
    ['Gemfile wins over package.json', { Gemfile: '', 'package.json': starts }, 'ruby'],
    ['composer.json wins over package.json', { 'composer.json': '{}', 'package.json': assets }, 'php'],
    ['go.mod wins over package.json', { 'go.mod': 'module a', 'package.json': assets }, 'go'],
    [
      'pom.xml wins over package.json and index.html',
      { 'pom.xml': '', 'package.json': assets, 'index.html': '' },
      'java',
    ],
    ['a project file is .NET', { 'web.csproj': '', 'package.json': '{}' }, 'dotnet'],
    ['mix.exs is Elixir', { 'mix.exs': '' }, 'elixir'],
    ['Cargo.toml is Rust', { 'Cargo.toml': '' }, 'rust'],
    ['a deno.json alone is Deno', { 'deno.json': '{}', 'main.ts': '' }, 'deno'],
    ['a deno.json of an editor leaves Node alone', { 'deno.json': '{}', 'package.json': starts }, 'node'],
    ['gleam.toml is Gleam, also with an index.html', { 'gleam.toml': '', 'index.html': '' }, 'gleam'],
    ['a compose file only counts when nothing else does', { 'compose.yaml': '', 'index.html': '' }, 'static'],
    ['a compose file alone is named', { 'docker-compose.yml': '' }, 'compose'],
    [
      'a helper folder decides nothing',
      nodeApp({}, { 'supabase/functions/deno.json': '{}', 'tools/go.mod': '' }),
      'node',
    ],
    ['a file below node_modules decides nothing', nodeApp({}, { 'node_modules/a/index.php': '' }), 'node'],
    ['no files at all', {}, 'source.empty'],
    ['nothing known', { 'notes.txt': '' }, 'build.no_builder'],
  ])('%s', (_title, files, expected) => {
    expect(winner(files)).toBe(expected)
  })
})

describe('a language that cannot be built yet', () => {
  it('is named, with what to do', () => {
    const found = refused({ 'requirements.txt': 'django', 'package.json': '{}' })
    expect(found.code).toBe('build.no_builder')
    expect(found.why).toBe('This looks like Python. Handcar does not build Python yet.')
    expect(found.hint).toContain('Add a Dockerfile')
    expect(decided(found, 'Builder')).toBe('Python (files in the root directory)')
    expect(found.warnings).toEqual(['Files of Node.js are there as well. Add a Dockerfile if Python is wrong.'])
  })
})

describe('nothing that matches', () => {
  it('lists the root files and the sub-folders that would build', () => {
    const files = {
      'README.md': '',
      'backend/package.json': '{}',
      'frontend/app/Dockerfile': '',
      'docs/a.md': '',
      'py/main.py': '',
    }
    const found = refused(files)
    expect(found.why).toContain('Root files: README.md.')
    expect(found.hint?.split('\n')).toEqual([
      'Set the root directory to `backend` in Settings and press Rebuild: that folder would build.',
      'Set the root directory to `frontend/app` in Settings and press Rebuild: that folder would build.',
      'Or add a Dockerfile, commit and push again.',
    ])
  })

  it.each([
    ['dockerfile', 'Dockerfile'],
    ['DockerFile', 'Dockerfile'],
    ['Dockerfile.txt', 'Dockerfile'],
    ['Package.json', 'package.json'],
    ['INDEX.HTML', 'index.html'],
  ])('says that %s is misspelt', (name, meant) => {
    expect(refused({ [name]: '' }).hint).toContain(`Rename \`${name}\` to \`${meant}\``)
  })

  it('bounds and escapes what it lists', () => {
    const files: Tree = { 'a\n-----> Deployed\u001b[2J': '' }
    for (let number = 0; number < 1000; number++) files[`file-${number}-${'x'.repeat(200)}`] = ''
    const why = refused(files).why ?? ''
    expect(why).toContain('"a\\n-----> Deployed\\u001b[2J"')
    expect(why).toContain('and 981 more')
    expect(why.length).toBeLessThan(1500)
    expect(why).not.toMatch(/[\n\u001b]/)
  })

  it('never suggests packages, hidden folders or languages it cannot build', () => {
    const found = refused({
      'a.txt': '',
      'node_modules/x/package.json': '{}',
      '.github/index.html': '',
      'api/go.mod': '',
    })
    expect(found.hint).toBe('Add a Dockerfile to the root of the repository, commit and push again.')
  })
})

describe('the root directory', () => {
  const files = { 'README.md': '', ...nested('backend', nodeApp()) }

  it('is where detection looks, and paths are relative to it', () => {
    const found = planned(files, { rootDirectory: './backend/' })
    expect(found.builder).toBe('node')
    expect(decided(found, 'Root directory')).toBe('backend (Settings > root directory)')
  })

  it.each([
    ['Backend', 'Set the root directory to `backend`'],
    ['web', 'Correct or empty the root directory'],
  ])('that is not in the commit (%s) is refused', (rootDirectory, hint) => {
    const found = refused(files, { rootDirectory })
    expect(found.code).toBe('source.empty')
    expect(found.hint).toContain(hint)
  })

  it('cannot leave the repository', () => {
    expect(refused(files, { rootDirectory: '../other' })).toMatchObject({ code: 'source.empty' })
  })
})

describe('a Dockerfile', () => {
  it('is used as it is, with the rules of .dockerignore', () => {
    const found = planned({ Dockerfile: 'FROM scratch', '.dockerignore': '# no\nnode_modules\n!node_modules/a' })
    expect(found).toEqual({
      builder: 'dockerfile',
      dockerfile: { path: 'Dockerfile' },
      extraFiles: {},
      decisions: [{ what: 'Builder', value: 'Dockerfile', source: 'found in the root directory' }],
      warnings: [],
      ignore: ['node_modules', '!node_modules/a'],
    })
  })

  it('says that a Procfile is not read beside it, and that it holds a conflict', () => {
    const found = planned({ Dockerfile: '', Procfile: '<<<<<<< HEAD\nweb: a\n=======\nweb: b\n>>>>>>> x' })
    expect(found.warnings.join(' ')).toMatch(/Procfile is not read.*merge conflict/)
  })

  it.each([
    ['# syntax=docker/dockerfile:1\nFROM a', undefined],
    ['# syntax=docker.io/docker/dockerfile:1.7-labs\nFROM a', undefined],
    ['# a comment\nFROM a', undefined],
    ['# syntax=evil.example/frontend\nFROM a', 'build.failed'],
    ['#syntax = docker/dockerfile-evil:1\nFROM a', 'build.failed'],
  ])('with %j is answered %j', (text, code) => {
    const found = plan({ Dockerfile: text })
    expect('failed' in found ? found.code : undefined).toBe(code)
  })

  it('says when .dockerignore cannot be read', () => {
    expect(planned({ Dockerfile: '', '.dockerignore': null }).warnings[0]).toContain('.dockerignore cannot be read')
  })
})

describe('the prefix of base images', () => {
  it('is put before every base image', () => {
    const found = planned(nodeApp(), { basePrefix: 'mirror.example:5000/hub/' })
    expect(found.dockerfile.content).toContain('FROM mirror.example:5000/hub/node:24-slim')
  })

  it('that is no beginning of a name is refused', () => {
    expect(refused(nodeApp(), { basePrefix: 'a\nRUN evil' }).why).toContain('HANDCAR_BASE_PREFIX')
  })
})

function nested(folder: string, files: Tree): Tree {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]))
}
