import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { bundlePublic } from './bundle-public.ts'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
const quiet = ['--disable-background-networking', '--disable-component-update']

export function openBrowser(...more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags, ...quiet, ...more] })
}

const types: Record<string, string> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** The same policy that the panel sends. */
export const strictPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; frame-ancestors 'none'"

/** Serves finished pages with their real style sheet and scripts, as the panel would. */
export async function servePages(pages: Record<string, () => { toString(): unknown }>) {
  const folder = await mkdtemp(join(tmpdir(), 'handcar-pages-'))
  const files = await bundlePublic(folder)
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname.slice(1)
    const asset = files.get(path.replace('assets/', ''))
    const page = pages[path]
    if (asset !== undefined) {
      response.setHeader('content-type', types[extname(path)] ?? 'text/plain')
      response.end(asset)
    } else if (page !== undefined) {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', strictPolicy)
      response.end(String(page()))
    } else {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

export interface Shot {
  name: string
  width: number
  theme: 'dark' | 'light'
}

/** One picture as high as the page, with the clock standing still. */
export async function takePicture(page: Page, url: string, shot: Shot, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await page.setViewportSize({ width: shot.width, height: shot.width > 900 ? 900 : 844 })
  await page.addInitScript((theme) => localStorage.setItem('handcar.theme', theme), shot.theme)
  await page.goto(`${url}/${shot.name}`)
  await page.evaluate(() => document.fonts.ready)
  const path = join(folder, `${shot.name}-${shot.width}-${shot.theme}.png`)
  await page.screenshot({ path, fullPage: true })
  return path
}
