import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { appendLog, readLog } from '../../src/core/deployment/deployment-log.ts'
import { listDeployments } from '../../src/core/deployment/read.ts'
import { openPanel, type Panel } from '../support/panel.ts'
import { openBrowser } from '../support/screenshot.ts'

const web = '/p/lantern/production/s/web'

let browser: Browser
let panel: Panel

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

/** Opens a page and keeps what the browser complains of: a policy violation is an error in its console. */
async function open(path: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await panel.visit(browser, options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(panel.url + path)
  return { page, complaints }
}

/** Changes the size and lets the page draw it, as a window does: a measure between two frames is no reader's. */
async function resize(page: Page, height: number): Promise<void> {
  await page.setViewportSize({ width: 1440, height })
  await page.waitForFunction((expected) => innerHeight === expected, height)
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
}

/** Without what the parser and a script write in different ways. */
function plainSteps(html: string): string {
  return html.replaceAll('></use>', '/>').replaceAll(/ title="[^"]*"/g, '')
}

describe('the service page', () => {
  beforeAll(async () => {
    panel = await openPanel()
  })
  afterAll(async () => {
    await panel[Symbol.asyncDispose]()
  })

  test('waits for the first push and turns into the live deployment by itself', async () => {
    let finish: () => void = () => undefined
    const until = new Promise<void>((resolve) => {
      finish = resolve
    })
    panel.at.builder.control.script({ lines: [{ kind: 'output', step: 'RUN', text: 'mixing the paint' }], until })
    const { page, complaints } = await open(web)
    await page.getByText('Listening for your first push').waitFor()
    const first = await panel.push('1', 'Light the lamp')
    await page.getByRole('heading', { name: 'Light the lamp' }).waitFor()
    await page.getByText('mixing the paint').waitFor()
    await page.getByText('Building #1').waitFor()
    await expect.poll(() => page.title()).toBe('● Building web #1 · Handcar')
    finish()
    await panel.reach(first, 'live')
    await page.getByRole('heading', { name: 'Serving traffic' }).waitFor()
    await page.locator('#service-state').getByText('Active').waitFor()
    await page.getByRole('link', { name: 'Open' }).waitFor()
    await page
      .locator('.log-foot')
      .getByText(/lines$/)
      .waitFor()
    expect(await page.locator('[data-caret]').count()).toBe(0)
    await page.getByRole('navigation', { name: 'Log' }).getByRole('link', { name: 'Runtime' }).waitFor()
    expect(complaints).toEqual([])
    panel.at.builder.control.script({})
  })

  test('moves on to a newer deployment, keeps an open menu, and shows why one failed', async () => {
    const { page, complaints } = await open(web)
    await page.getByLabel('More actions').click()
    panel.at.builder.control.script({ failure: { reason: 'failed', message: 'exit code: 1', exitCode: 1 } })
    const bad = await panel.push('2', 'Break the lamp')
    await panel.reach(bad, 'failed')
    await page.getByText('What to do').waitFor()
    await page.getByText('stayed up.').waitFor()
    expect(
      await page
        .locator('#service-more')
        .getByRole('button', { name: /^Rebuild/ })
        .isVisible(),
    ).toBe(true)
    expect(complaints).toEqual([])
    panel.at.builder.control.script({})
  })

  test.each(['done', 'failed'])(
    'a log that was followed to its end (%s) looks as it does after a reload',
    async (end) => {
      let finish: () => void = () => undefined
      const until = new Promise<void>((resolve) => {
        finish = resolve
      })
      panel.at.builder.control.script({
        lines: [{ kind: 'output', step: 'RUN npm ci', text: 'mixing the paint' }],
        until,
        ...(end === 'failed' ? { failure: { reason: 'failed' as const, message: 'exit code: 1', exitCode: 1 } } : {}),
      })
      const { page } = await open(web)
      const next = await panel.push(`followed-${end}`, `Followed until ${end}`)
      await page.getByRole('heading', { name: `Followed until ${end}` }).waitFor()
      await page.getByText('mixing the paint').first().waitFor()
      finish()
      await panel.reach(next, end === 'failed' ? 'failed' : 'live')
      await page.locator('[data-caret]').waitFor({ state: 'detached' })
      const steps = () =>
        page.locator('.log-body > .group').evaluateAll((groups) => groups.map((group) => group.innerHTML))
      const followed = await steps()
      await page.reload()
      await page.locator('.log[data-ready]').waitFor()
      expect(followed.map(plainSteps)).toEqual((await steps()).map(plainSteps))
      panel.at.builder.control.script({})
    },
  )

  test('says when live updates have stopped, and that they are back', async () => {
    const { page } = await open(web)
    await page.locator('[data-live]').waitFor({ state: 'attached' })
    await page.waitForTimeout(300)
    await panel.goAway()
    await page.getByText('Live updates stopped at').waitFor({ timeout: 20_000 })
    await panel.comeBack()
    await page.getByText('Live updates stopped at').waitFor({ state: 'hidden', timeout: 30_000 })
    const next = await panel.push('3', 'Mend the lamp')
    await panel.reach(next, 'live')
    await page.getByRole('heading', { name: 'Mend the lamp' }).waitFor({ timeout: 20_000 })
  })

  test('goes to the sign-in when the session has ended', async () => {
    const { page } = await open(web)
    await page.locator('[data-live]').waitFor({ state: 'attached' })
    await panel.at.ctx.db.deleteFrom('session').execute()
    await panel.goAway()
    await panel.comeBack()
    await page.waitForURL('**/login', { timeout: 30_000 })
  })

  test('keeps what is being typed when the session has ended, and says that it stands still', async () => {
    const { page } = await open(`${web}/settings`)
    await page.locator('[data-live]').waitFor({ state: 'attached' })
    await page.getByLabel('Health path').fill('/lamp')
    await panel.at.ctx.db.deleteFrom('session').execute()
    await panel.goAway()
    await panel.comeBack()
    await page.getByText('Live updates stopped at').waitFor({ timeout: 40_000 })
    expect(await page.getByLabel('Health path').inputValue()).toBe('/lamp')
  })

  test('works without scripts: deploys again, shows the log, and reloads only when asked', async () => {
    const { page } = await open(web, { hasScripts: false })
    await page.getByRole('button', { name: 'Redeploy' }).click()
    await page.waitForURL(`**${web}`)
    await page.getByText('redeployed').first().waitFor()
    const [newest] = await listDeployments(panel.at.ctx, panel.at.service)
    if (newest === undefined) throw new Error('no deployment')
    await panel.reach(newest, 'live')
    await page.reload()
    expect(await page.locator('.log-body').textContent()).toContain('Starting')
    await page.getByRole('link', { name: 'Reload this page every 5 seconds' }).click()
    expect(page.url()).toContain('refresh=5')
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(1)
    expect(await page.getByLabel('Wrap lines').isVisible()).toBe(false)
  })
})

describe('the log', () => {
  beforeAll(async () => {
    panel = await openPanel()
  })
  afterAll(async () => {
    await panel[Symbol.asyncDispose]()
  })

  test('follows, stays where the reader looks back, counts what comes, and goes on at the end', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => ({
      kind: 'output' as const,
      step: 'RUN npm run build',
      text: `line ${index}`,
    }))
    panel.at.builder.control.script({ lines, until: new Promise(() => undefined) })
    const first = await panel.push('1')
    const write = (text: string) => appendLog(panel.at.ctx, first.id, text)
    await expect.poll(async () => (await readLog(panel.at.ctx, first.id)).total).toBeGreaterThan(300)
    const { page, complaints } = await open(`${web}/d/1`)
    const log = page.locator('.log-body')
    const fromEnd = () => log.evaluate((body) => Math.round(body.scrollHeight - body.scrollTop - body.clientHeight))
    await expect.poll(fromEnd).toBeLessThan(5)
    await write('one more')
    await page.getByText('one more').waitFor()
    await expect.poll(fromEnd).toBeLessThan(5)
    await log.hover()
    await page.mouse.wheel(0, -900)
    await expect.poll(() => page.locator('[data-word]').textContent()).toBe('Follow')
    const before = await log.evaluate((body) => body.scrollTop)
    await write('while away 1\nwhile away 2')
    await page.getByText('2 new lines').waitFor()
    expect(await log.evaluate((body) => body.scrollTop)).toBe(before)
    await page.getByText('2 new lines').click()
    await expect.poll(fromEnd).toBeLessThan(5)
    await page.getByLabel('Wrap lines').click()
    expect(await page.locator('.log').getAttribute('class')).toContain('no-wrap')
    expect(complaints).toEqual([])
  })

  test('goes on at the end when the window changes its size', async () => {
    const { page, complaints } = await open(`${web}/d/1`)
    const log = page.locator('.log-body')
    const fromEnd = () => log.evaluate((body) => Math.round(body.scrollHeight - body.scrollTop - body.clientHeight))
    for (const height of [600, 3_000, 700]) {
      await resize(page, height)
      await expect.poll(fromEnd).toBeLessThan(5)
      expect(await page.locator('[data-word]').textContent()).toBe('Following')
    }
    expect(complaints).toEqual([])
  })

  test('opens at a line of its own address, inside a step that was folded', async () => {
    const { page } = await open(`${web}/d/1#L20`)
    await expect.poll(() => page.locator('#L20').isVisible()).toBe(true)
    await page.waitForTimeout(200)
    const seen = await page.locator('#L20').evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return top > 0 && bottom < innerHeight
    })
    expect(seen).toBe(true)
  })

  test.each(['is not there', 'answers 502'])('misses no line and shows none twice when the server %s', async (how) => {
    const { page } = await open(`${web}/d/1`)
    const [first] = await panel.at.ctx.db.selectFrom('deployment').selectAll().execute()
    if (first === undefined) throw new Error('no deployment')
    await appendLog(panel.at.ctx, first.id, `before it ${how}`)
    await page.getByText(`before it ${how}`).waitFor()
    if (how === 'answers 502') panel.answerBadGateway(true)
    await panel.goAway()
    if (how === 'answers 502') await panel.comeBack()
    await appendLog(panel.at.ctx, first.id, `while it ${how}`)
    await page.waitForTimeout(3_500)
    if (how === 'answers 502') panel.answerBadGateway(false)
    else await panel.comeBack()
    await appendLog(panel.at.ctx, first.id, `after it ${how}`)
    await page.getByText(`after it ${how}`).waitFor({ timeout: 20_000 })
    const numbers = await page.locator('.ll > a').allTextContents()
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(await page.getByText(`while it ${how}`).count()).toBe(1)
  })
})
