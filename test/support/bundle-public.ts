import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Bundles `public` into a folder, under plain names: what pages of tests load. */
export async function bundlePublic(folder: string): Promise<Map<string, Uint8Array>> {
  await mkdir(folder, { recursive: true })
  const shared = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    minify: true,
    assetNames: '[name]',
    loader: { '.woff2': 'file' },
    logLevel: 'error',
  } as const
  await build({ ...shared, entryPoints: ['public/app.ts', 'public/editor.ts'], format: 'iife', target: 'es2024' })
  await build({ ...shared, entryPoints: ['public/css/app.css'] })
  for (const name of ['theme.js', 'favicon.svg']) await copyFile(join(root, 'public', name), join(folder, name))
  const names = (await readdir(folder)).filter((name) => extname(name) !== '')
  const manifest = Object.fromEntries(names.map((name) => [basename(name), name]))
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const files = new Map<string, Uint8Array>()
  for (const name of [...names, 'manifest.json']) files.set(name, new Uint8Array(await readFile(join(folder, name))))
  return files
}
