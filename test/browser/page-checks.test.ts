import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/screenshot.ts'
import { faultsOf } from './support/page-checks.ts'

let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
})

const page = (body: string) =>
  `<html lang="en"><meta name="viewport" content="width=device-width"><title>Lamp</title><main>${body}</main></html>`

const broken = page(`<h1>Lamp</h1><img src="data:,">
  <button class="btn primary" aria-label="Dark">Light</button><button class="btn primary">Lamp</button>
  <p style="font-size: 11px">small</p><div style="width: 1000px">wide</div>`)

test.each([true, false])('every kind of fault is noticed, with scripts: %s', async (hasScripts) => {
  const context = await browser.newContext({ javaScriptEnabled: hasScripts })
  const tab = await context.newPage()
  await tab.setContent(broken)
  const faults = (await faultsOf(tab, { hasScripts })).join('\n')
  expect(faults).toMatch(/^\d+ px too wide at 390$/m)
  expect(faults).not.toContain('too wide at 1440')
  expect(faults).toContain('320: 11 px: small')
  expect(faults).toContain('2 primary buttons')
  for (const rule of ['image-alt', 'label-content-name-mismatch']) expect(faults).toContain(`390 dark: ${rule}: `)
  expect(faults.includes('1440 light: image-alt')).toBe(hasScripts)
  await tab.setContent(page('<h1>Lamp</h1><p>It is lit.</p>'))
  expect(await faultsOf(tab, { hasScripts })).toEqual([])
  await context.close()
})
