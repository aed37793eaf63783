import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPanel, type Panel } from '../support/panel.ts'
import { openBrowser } from '../support/screenshot.ts'

const web = '/p/lantern/production/s/web'

let browser: Browser
let panel: Panel

beforeAll(async () => {
  browser = await openBrowser()
  panel = await openPanel()
  await panel.reach(await panel.push('1', 'Light the lamp'), 'live')
  panel.at.builder.control.script({
    lines: [{ kind: 'output', step: 'RUN npm run build', text: '\u001b[31mError: nothing works\u001b[0m' }],
    failure: { reason: 'failed', message: 'exit code: 1', step: 'RUN npm run build', exitCode: 1 },
  })
  await panel.reach(await panel.push('2', 'Break the lamp'), 'failed')
})
afterAll(async () => {
  await browser.close()
  await panel[Symbol.asyncDispose]()
})

/** What axe finds against WCAG 2.2 A and AA. A line of a log is lower than a finger: the toolbar does the same. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: checker } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await checker.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.flatMap(({ id, nodes }) =>
      nodes
        .filter(({ target }) => !(id === 'target-size' && /\.ll|\.block|#L\d/.test(target.join(' '))))
        .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
    )
  })
}

const pages = [
  '/projects',
  '/new',
  '/p/lantern/production',
  '/p/lantern/production?view=list',
  '/account/tokens',
  web,
  `${web}/logs`,
  `${web}/variables`,
  `${web}/settings`,
  `${web}/d/1`,
  `${web}/d/1?log=runtime`,
  `${web}/d/2`,
  `${web}/d/99`,
]

const screens = [
  { width: 1440, theme: 'dark' },
  { width: 390, theme: 'light' },
] as const

const tooWide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

describe.each(screens)('at $width px, $theme', (screen) => {
  test.each(pages)('%s has no violation', async (path) => {
    const context = await panel.visit(browser, screen)
    const page = await context.newPage()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(panel.url + path)
    await page.evaluate(() => document.fonts.ready)
    expect(await violations(page)).toEqual([])
    expect(await tooWide(page)).toBeLessThanOrEqual(0)
    await context.close()
  })
})

test('no page scrolls sideways on the smallest screens', async () => {
  const context = await panel.visit(browser, { width: 320 })
  const page = await context.newPage()
  const wide: Array<[string, number]> = []
  for (const path of pages) {
    await page.goto(panel.url + path)
    wide.push([path, await tooWide(page)])
  }
  expect(wide.filter(([, pixels]) => pixels > 0)).toEqual([])
})
