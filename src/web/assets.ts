import { assert } from '../kernel/errors.ts'
import type { Assets } from './env.ts'

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
}

/**
 * Files as the build left them in `dist/public`, by file name. `manifest.json` among them names each by its plain name,
 * `{"app.css": "app-3F2A91BC.css"}`.
 */
export function createAssets(files: Map<string, Uint8Array>): Assets {
  const manifest = readManifest(files)
  const known = new Set(Object.values(manifest))
  return {
    url(name) {
      const file = manifest[name]
      assert(file !== undefined, `the bundle has no ${name}`)
      return `/assets/${file}`
    },
    read(file) {
      const bytes = known.has(file) ? files.get(file) : undefined
      if (bytes === undefined) return undefined
      return {
        bytes: new Uint8Array(bytes),
        type: types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      }
    },
  }
}

function readManifest(files: Map<string, Uint8Array>): Record<string, string> {
  const bytes = files.get('manifest.json')
  assert(bytes !== undefined, 'the bundle has no manifest.json')
  const manifest: unknown = JSON.parse(new TextDecoder().decode(bytes))
  assert(isManifest(manifest), 'manifest.json maps plain names to file names')
  for (const [name, file] of Object.entries(manifest)) assert(files.has(file), `the bundle lacks ${file} for ${name}`)
  return manifest
}

function isManifest(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((file) => typeof file === 'string')
}
