import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, servePages, takePicture } from '../support/screenshot.ts'
import { pages } from '../views/pages.tsx'
import { now } from '../views/samples.ts'

/** Kept for whoever wants to look at them beside the designs. */
const folder = join(import.meta.dirname, '../../.cache/pictures')

let browser: Browser
let site: Awaited<ReturnType<typeof servePages>>

beforeAll(async () => {
  browser = await openBrowser()
  site = await servePages(pages)
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

describe.each([
  { width: 1440, theme: 'dark' },
  { width: 1440, theme: 'light' },
  { width: 390, theme: 'dark' },
  { width: 390, theme: 'light' },
] as const)('at $width px, $theme', ({ width, theme }) => {
  test('every page has its picture, obeys the strict policy and does not scroll sideways', async () => {
    const isPhone = width < 900
    const context = await browser.newContext({ timezoneId: 'UTC', hasTouch: isPhone, isMobile: isPhone })
    const page = await context.newPage()
    await page.clock.setFixedTime(new Date(now))
    const complaints: string[] = []
    page.on('console', (message) => {
      if (/policy/i.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    for (const name of Object.keys(pages)) {
      await takePicture(page, site.url, { name, width, theme }, folder)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect([name, Math.max(0, wide)]).toEqual([name, 0])
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect([name, paper]).toEqual([name, theme === 'dark' ? 'rgb(2, 6, 23)' : 'rgb(248, 250, 252)'])
    }
    expect(complaints).toEqual([])
    await context.close()
  })
})
