import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/core/account/token.ts'
import { setVariable } from '../../src/core/variable/save-variables.ts'
import { openPanel, type Panel } from '../support/panel.ts'
import { openBrowser } from '../support/screenshot.ts'
import { excessWidth, looksOf, violationsOn } from './support/page-checks.ts'

const web = '/p/lantern/production/s/web'

let browser: Browser
let panel: Panel

beforeAll(async () => {
  browser = await openBrowser()
  panel = await openPanel()
  await panel.reach(await panel.push('1', 'Light the lamp'), 'live')
  const value = Array.from({ length: 20 }, (_, line) => `line ${line} of a long key`).join('\n')
  await setVariable(panel.at.ctx, panel.at.ada, panel.at.service, { name: 'LONG_KEY', value })
  await createToken(panel.at.ctx, panel.at.ada, 'laptop')
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

const pages = [
  '/projects',
  '/new',
  '/p/lantern/production',
  '/p/lantern/production?view=list',
  '/account/tokens',
  web,
  `${web}/logs`,
  `${web}?all=1`,
  `${web}/variables`,
  `${web}/variables?reveal_all=1`,
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

describe.each(screens)('at $width px, $theme', (screen) => {
  test.each(pages)('%s has no violation', async (path) => {
    const context = await panel.visit(browser, screen)
    const page = await context.newPage()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(panel.url + path)
    await page.evaluate(() => document.fonts.ready)
    expect(await violationsOn(page)).toEqual([])
    expect(await excessWidth(page)).toBe(0)
    expect(await looksOf(page)).toEqual([])
    await context.close()
  })
})

test('no page scrolls sideways on the smallest screens', async () => {
  const context = await panel.visit(browser, { width: 320 })
  const page = await context.newPage()
  const wide: Array<[string, number]> = []
  for (const path of pages) {
    await page.goto(panel.url + path)
    wide.push([path, await excessWidth(page)])
  }
  expect(wide.filter(([, pixels]) => pixels > 0)).toEqual([])
})
