import type { FileMap } from '../file-map.ts'
import { rootFiles } from '../file-map.ts'
import { rootPackageJson } from './node/package-json.ts'
import { readProcfile } from './procfile.ts'
import { notYet, type Provider } from './provider.ts'

/** A provider that replaces one of these takes over its `matches`. Each decides from root files only. */
function has(...names: string[]): Provider['matches'] {
  return (files) => names.some((name) => files.has(name))
}

function ends(...endings: string[]): Provider['matches'] {
  return (files) => rootFiles(files).some((path) => endings.some((ending) => path.endsWith(ending)))
}

export const php = notYet('php', 'PHP', has('composer.json', 'index.php', 'artisan'))
export const go = notYet('go', 'Go', has('go.mod', 'go.work', 'main.go'))
export const java = notYet('java', 'Java', has('pom.xml', 'gradlew', 'build.gradle', 'build.gradle.kts'))
export const rust = notYet('rust', 'Rust', has('Cargo.toml'))
export const ruby = notYet('ruby', 'Ruby', has('Gemfile'))
export const elixir = notYet('elixir', 'Elixir', has('mix.exs'))
export const python = notYet('python', 'Python', isPython)
export const deno = notYet('deno', 'Deno', isDeno)
export const dotnet = notYet('dotnet', '.NET', ends('.csproj', '.fsproj', '.vbproj', '.sln'))

/** Languages with no provider planned; behind Node, because their files also lie beside Node apps. */
export const rareLanguages: Provider[] = [
  notYet('clojure', 'Clojure', has('project.clj', 'deps.edn', 'build.clj')),
  notYet('scala', 'Scala', has('build.sbt')),
  notYet('gleam', 'Gleam', has('gleam.toml')),
  notYet('dart', 'Dart', has('pubspec.yaml')),
  notYet('swift', 'Swift', has('Package.swift')),
  notYet('zig', 'Zig', has('build.zig')),
  notYet('crystal', 'Crystal', has('shard.yml')),
  notYet('haskell', 'Haskell', (files) => has('stack.yaml', 'cabal.project')(files) || ends('.cabal')(files)),
  notYet('ocaml', 'OCaml', has('dune-project')),
  notYet('nim', 'Nim', ends('.nimble')),
  notYet('cobol', 'COBOL', ends('.cbl', '.cob')),
  notYet('cpp', 'C or C++', has('CMakeLists.txt', 'meson.build')),
]

export const shell = notYet('shell', 'a shell script (start.sh)', has('start.sh'))
export const compose = notYet(
  'compose',
  'Docker Compose',
  has('compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'),
)

const pythonManifests = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'Pipfile.lock', 'uv.lock', 'poetry.lock']
const morePython = ['manage.py', 'setup.py', 'environment.yml', 'pdm.lock', 'pylock.toml']
const pythonFiles = ['main.py', 'app.py', 'start.py', 'bot.py', 'hello.py', 'server.py']
const pythonFrameworks =
  'django flask fastapi starlette uvicorn gunicorn aiohttp tornado sanic bottle falcon litestar streamlit gradio dash'
const pythonWeb = new RegExp(`\\b(?:${pythonFrameworks.replaceAll(' ', '|')})\\b`, 'i')

/** Beside a package.json it takes a manifest, and a Node start with no Python web framework speaks against it. */
function isPython(files: FileMap): boolean {
  const hasManifest = has(...pythonManifests, ...morePython)(files)
  if (!files.has('package.json')) {
    const isScript = files.has('Procfile') && ends('.py')(files)
    return hasManifest || has(...pythonFiles)(files) || isScript
  }
  if (!hasManifest) return false
  const program = webProgram(files)
  if (program !== undefined && nodePrograms.has(program)) return false
  const listed = ['requirements.txt', 'pyproject.toml', 'Pipfile'].map((name) => files.read(name) ?? '').join('\n')
  return !hasStartScript(files) || pythonWeb.test(listed) || files.has('manage.py')
}

/** Editors leave a deno.json in Node projects; the start script tells who runs the app. */
function isDeno(files: FileMap): boolean {
  if (!has('deno.json', 'deno.jsonc')(files)) return false
  return !files.has('package.json') || !hasStartScript(files) || startScript(files).includes('deno')
}

const nodePrograms = new Set(['node', 'npm', 'npx', 'yarn', 'pnpm', 'bun', 'next', 'nuxt'])

function webProgram(files: FileMap): string | undefined {
  return readProcfile(files.read('Procfile')).processes.get('web')?.split(/\s+/)[0]
}

function hasStartScript(files: FileMap): boolean {
  return startScript(files) !== ''
}

function startScript(files: FileMap): string {
  const json = rootPackageJson(files)
  return typeof json === 'string' ? '' : (json.scripts.start ?? '')
}
