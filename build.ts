import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { run } from './src/kernel/process.ts'

/**
 * `node build.ts`: bundles to `dist/handcar.cjs` and `dist/public`.
 * `node build.ts --executable`: makes the single executable `dist/handcar` from them.
 */
const root = import.meta.dirname
const dist = join(root, 'dist')
const publicDist = join(dist, 'public')
const runtime = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node')

/** dockerode reaches Docker by ssh and gRPC too; we use neither, and half a megabyte less starts faster. */
const neverUsed = /^(?:@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2|cpu-features)$/

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundler) {
    bundler.onResolve({ filter: neverUsed }, ({ path }) => ({ path, namespace: 'left-out' }))
    bundler.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

async function bundleServer(version: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: join(dist, 'handcar.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    // node-cron asks for its own address as it loads.
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    define: {
      'import.meta.dirname': '__dirname',
      'import.meta.url': 'bundleUrl',
      HANDCAR_VERSION: JSON.stringify(version),
    },
    plugins: [leaveOut],
    logLevel: 'warning',
  })
  await copyFile(addonFile(), join(dist, 'better-sqlite3.node'))
}

function addonFile(): string {
  return join(root, 'node_modules/better-sqlite3/prebuilds', `linux-${process.arch}.node`)
}

const browserOptions: BuildOptions = {
  absWorkingDir: root,
  outdir: publicDist,
  bundle: true,
  minify: true,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  loader: { '.woff2': 'file', '.svg': 'file' },
}

/** Scripts, styles, fonts and pictures under names that change with their content, and `manifest.json` to find them. */
async function bundlePublic(): Promise<void> {
  const scripts = await build({
    ...browserOptions,
    entryPoints: ['public/app.ts', 'public/editor.ts'],
    format: 'iife',
    target: 'es2024',
  })
  const styles = await build({ ...browserOptions, entryPoints: ['public/css/app.css'] })
  const manifest = {
    ...manifestOf(scripts.metafile),
    ...manifestOf(styles.metafile),
    ...(await copyPictures(join(root, 'public'))),
  }
  await writeFile(join(publicDist, 'manifest.json'), JSON.stringify(manifest, undefined, 2))
}

/** Plain name → name with hash, for what was asked for and for the fonts that styles brought along. */
function manifestOf(metafile: Metafile | undefined): Record<string, string> {
  const outputs = Object.entries(metafile?.outputs ?? {})
  return Object.fromEntries(
    outputs.map(([path, { entryPoint, inputs }]) => {
      const source = entryPoint ?? Object.keys(inputs)[0] ?? path
      return [basename(source, extname(source)) + extname(path), basename(path)]
    }),
  )
}

/** Everything in `public` that no bundler reads. */
async function copyPictures(folder: string): Promise<Record<string, string>> {
  const copied: Record<string, string> = {}
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const ending = extname(entry.name)
    if (!entry.isFile() || ['.ts', '.css', '.json'].includes(ending)) continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
    const name = `${basename(entry.name, ending)}-${hash}${ending}`
    await writeFile(join(publicDist, name), bytes)
    copied[entry.name] = name
  }
  return copied
}

/** Node with the bundle, the database's native part and all public files inside. */
async function makeExecutable(): Promise<void> {
  const base = join(dist, 'node-base')
  await copyFile(runtime, base)
  await chmod(base, 0o755)
  // Only before the bundle is put in; afterwards strip would break it. Without binutils the file is larger, no more.
  const stripped = await run('strip', [base], { timeoutMs: 120_000 }).catch(() => undefined)
  if (stripped?.exitCode !== 0) process.stderr.write('binutils is not installed: the executable keeps its symbols\n')
  const assets: Record<string, string> = { 'better-sqlite3.node': addonFile() }
  for (const name of await readdir(publicDist)) assets[`public/${name}`] = join(publicDist, name)
  const plan = join(dist, 'executable.json')
  await writeFile(
    plan,
    JSON.stringify({
      main: join(dist, 'handcar.cjs'),
      output: `${base}-built`,
      executable: base,
      useCodeCache: true,
      disableExperimentalSEAWarning: true,
      assets,
    }),
  )
  const built = await run(runtime, ['--build-sea', plan], { directory: dist, timeoutMs: 300_000 })
  if (built.exitCode !== 0) throw new Error(`node --build-sea failed: ${built.stderr}${built.stdout.toString('utf8')}`)
  await chmod(`${base}-built`, 0o755)
  await rename(`${base}-built`, join(dist, 'handcar'))
  await Promise.all([rm(base), rm(plan)])
}

/** The version of package.json, and the commit where this is a checkout. */
async function versionName(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const commit = await run('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).catch(() => undefined)
  return commit?.exitCode === 0 ? `${version}+${commit.stdout.toString('utf8').trim()}` : version
}

async function main(options: string[]): Promise<void> {
  const unknown = options.find((option) => option !== '--executable')
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; the only one is --executable`)
  await rm(publicDist, { recursive: true, force: true })
  await mkdir(publicDist, { recursive: true })
  await Promise.all([bundleServer(await versionName()), bundlePublic()])
  if (options.includes('--executable')) await makeExecutable()
  process.stdout.write(`built ${dirname(publicDist)}/${options.includes('--executable') ? 'handcar' : 'handcar.cjs'}\n`)
}

await main(process.argv.slice(2))
