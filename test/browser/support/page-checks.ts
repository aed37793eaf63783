import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 A and AA, and what axe counts as good practice; the named rule is off unless asked for. */
const options = {
  preload: false,
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: { 'label-content-name-mismatch': { enabled: true } },
}

/** What axe finds. A line of a log is lower than a finger: the toolbar does the same. */
export async function violationsOn(page: Page, { hasScripts = true } = {}): Promise<string[]> {
  if (!hasScripts) await page.evaluate(runTimersAtOnce)
  await page.evaluate(axe.source)
  return page.evaluate(async (asked) => {
    const { axe: checker } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await checker.run(document, asked)
    return violations.flatMap(({ id, nodes }) =>
      nodes
        .filter(({ target }) => !(id === 'target-size' && /\.ll|\.block|#L\d/.test(target.join(' '))))
        .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
    )
  }, options)
}

/** Pixels by which the page is wider than the screen. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth))
}

/** Words smaller than 12 px, and more than one button that asks to be pressed first. Initials are a picture. */
export function looksOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (words.nextNode()) {
      const { textContent, parentElement } = words.currentNode
      if (!textContent?.trim() || !parentElement?.checkVisibility() || parentElement.closest('.avatar')) continue
      const size = Number.parseFloat(getComputedStyle(parentElement).fontSize)
      if (size < 12) faults.push(`${size} px: ${textContent.trim().slice(0, 40)}`)
    }
    const primary = [...document.querySelectorAll('.btn.primary')].filter((button) => button.checkVisibility())
    if (primary.length > 1) faults.push(`${primary.length} primary buttons`)
    return faults
  })
}

/** In a page without scripts timers stand still, but the checker waits for them. */
function runTimersAtOnce(): void {
  const soon = (act: () => void) => {
    void Promise.resolve().then(act)
    return 0
  }
  Object.assign(window, { setTimeout: soon })
}

const screens = [
  { width: 1440, height: 900, themes: ['dark', 'light'] },
  { width: 390, height: 844, themes: ['dark', 'light'] },
  { width: 320, height: 640, themes: ['dark'] },
] as const

/** Every fault of the page as it stands, on each screen and in each theme; the first screen and theme are put back. */
export async function faultsOf(page: Page, { hasScripts = true } = {}): Promise<string[]> {
  const faults: string[] = []
  for (const { width, height, themes } of screens) {
    await page.setViewportSize({ width, height })
    const excess = await excessWidth(page)
    if (excess > 0) faults.push(`${excess} px too wide at ${width}`)
    faults.push(...(await looksOf(page)).map((fault) => `${width}: ${fault}`))
    // Without scripts nobody can choose another theme.
    for (const theme of hasScripts ? themes : themes.slice(0, 1)) {
      await wear(page, theme)
      const found = await violationsOn(page, { hasScripts })
      faults.push(...found.map((violation) => `${width} ${theme}: ${violation}`))
    }
  }
  await page.setViewportSize({ width: screens[0].width, height: screens[0].height })
  await wear(page, 'dark')
  return faults
}

function wear(page: Page, theme: string): Promise<void> {
  return page.evaluate((chosen) => {
    document.documentElement.dataset.theme = chosen
  }, theme)
}
