import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { faultsOf } from './page-checks.ts'

/** A person at the panel, in a browser of their own. */
export interface Reader extends AsyncDisposable {
  page: Page
  hasScripts: boolean
  /** Until it is seen: with scripts the page changes by itself, without them the person reloads it. */
  see(target: Locator, withinMs?: number): Promise<void>
  /** Presses the button or link of this name and waits for the page that follows. */
  press(name: string | RegExp, within?: Locator): Promise<void>
  /** Each page has to be in order on every screen; nothing may have been complained of on the way to it. */
  expectInOrder(): Promise<void>
  /** Follows the link to the app and reads what it shows. */
  openApp(): Promise<string>
  /** Takes away one complaint that the story provoked. */
  forgive(complaint: RegExp): void
}

const patienceMs = 60_000
const betweenReloadsMs = 500

export async function openReader(browser: Browser, { hasScripts }: { hasScripts: boolean }): Promise<Reader> {
  const context = await browser.newContext({
    javaScriptEnabled: hasScripts,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const complaints = listen(page)
  return {
    page,
    hasScripts,
    see: (target, withinMs = patienceMs) =>
      hasScripts ? target.first().waitFor({ timeout: withinMs }) : reloadUntilSeen(page, target.first(), withinMs),
    async press(name, within = page.locator('body')) {
      const target = within.getByRole('button', { name }).or(within.getByRole('link', { name })).first()
      await Promise.all([page.waitForEvent('domcontentloaded'), target.click()])
    },
    async expectInOrder() {
      expect({ at: page.url(), faults: await faultsOf(page, { hasScripts }) }).toEqual({ at: page.url(), faults: [] })
      expect(complaints).toEqual([])
    },
    openApp: () => openApp(context, page),
    forgive(complaint) {
      const at = complaints.findIndex((text) => complaint.test(text))
      if (at === -1) throw new Error(`nobody complained of ${complaint}: ${complaints.join('; ')}`)
      complaints.splice(at, 1)
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Errors in the console (violations of the policy among them), of scripts, and requests that failed. */
function listen(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // What is still on its way when a page is left ends with it.
    if (why !== 'net::ERR_ABORTED') complaints.push(`request: ${request.url()} ${why}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`answer: ${response.url()} ${response.status()}`)
  })
  return complaints
}

async function reloadUntilSeen(page: Page, target: Locator, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await target.isVisible())) {
    if (performance.now() > end) throw new Error(`not seen at ${page.url()}: ${target}`)
    await wait(betweenReloadsMs)
    await page.reload()
  }
}

async function openApp(context: BrowserContext, page: Page): Promise<string> {
  const link = page.getByRole('link', { name: 'Open', exact: true })
  const [app] = await Promise.all([context.waitForEvent('page'), link.click()])
  await app.waitForLoadState()
  const text = await app.locator('body').innerText()
  await app.close()
  return text
}
