import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpAsk } from '../docker/support/http.ts'
import { ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { type SampleAnswer, sampleApp } from '../support/sample-app.ts'
import { openBrowser } from '../support/screenshot.ts'
import { openReader, type Reader } from './support/reader.ts'
import { openRepository, type Repository } from './support/repository.ts'

const owner = { email: 'ada@lantern.test', password: 'a lantern for the dark' }
const lantern = '/p/lantern/production'
const web = `${lantern}/s/web`

/** Prints enough to scroll in, and a line for each request. */
const talkative = [
  "for (let lamp = 1; lamp <= 150; lamp += 1) console.log('lamp ' + lamp + ' is lit')",
  "server.on('request', (request) => console.log('asked for ' + request.url))",
].join('\n')

const slow = "setTimeout(() => server.listen(port, '0.0.0.0'), 8_000)"
const broken = `RUN ["node", "-e", "console.error('Error: the wick is missing'); process.exit(3)"]`

/** As long and as strange as subjects may be. */
const loss = `Lose the wick </b>"&'\u202e ${'unbreakable'.repeat(12)}`

let browser: Browser

beforeAll(async () => {
  await ensureNodeBase()
  // Apps of a server without a domain are found here, whatever names the machine can look up.
  browser = await openBrowser('--host-resolver-rules=MAP *.sslip.io 127.0.0.1')
})
afterAll(async () => {
  await browser?.close()
})

describe.each([
  { kind: 'with scripts', hasScripts: true },
  { kind: 'without scripts', hasScripts: false },
])('a whole story $kind', ({ hasScripts }) => {
  let handcar: Handcar
  let reader: Reader
  let repository: Repository
  let origin: string
  let appHost: string

  beforeAll(async () => {
    handcar = await startHandcar({ isComplete: false })
    await handcar.startTraefik()
    reader = await openReader(browser, { hasScripts })
    repository = await openRepository()
  })
  afterAll(async () => {
    await reader?.[Symbol.asyncDispose]()
    await repository?.[Symbol.asyncDispose]()
    await handcar?.[Symbol.asyncDispose]()
  })

  const visit = (path: string) => reader.page.goto(origin + path)
  const field = (name: string) => reader.page.locator(`[name="${name}"]`)
  const serving = (number: number): Locator =>
    reader.page.locator('h2:has-text("Serving traffic") + ul').getByText(`#${number}`, { exact: true })
  const shown = async () => JSON.parse(await reader.openApp()) as SampleAnswer
  const statusOfApp = async (path = '/') => (await httpAsk({ port: handcar.ports.http, host: appHost, path })).status

  test('the address that the installer prints makes its visitor the owner', async () => {
    const { stdout } = await handcar.command('setup-token')
    const address = new URL(stdout.trim())
    origin = address.origin
    await reader.page.goto(address.href)
    if (hasScripts) {
      await expect.poll(() => field('token').inputValue()).toBe(address.hash.slice(1))
      expect(reader.page.url()).not.toContain('#')
    } else await field('token').fill(address.hash.slice(1))
    await reader.expectInOrder()
    await reader.press('Continue')
    await field('email').fill(owner.email)
    await field('password').fill(owner.password)
    await reader.expectInOrder()
    await reader.press('Create account')
    await reader.expectInOrder()
    await reader.press('Continue')
    await field('project').fill('lantern')
    await field('service').fill('web')
    await reader.expectInOrder()
    await reader.press('Create service')
    await reader.page.getByText('Listening for your first push').waitFor()
    await reader.expectInOrder()
  })

  test('the two lines of the page push, and the page turns into the live deployment', async () => {
    await repository.commit(sampleApp({ release: 'one', before: talkative }), 'Light the lamp')
    await visit('/account/tokens')
    await field('name').fill('laptop')
    await reader.press('Create token')
    await reader.expectInOrder()
    const token = await reader.page.locator('.copyline code').innerText()
    await visit(web)
    const [addRemote = '', push = ''] = await copyLines(reader)
    await reader.page.evaluate(() => Object.assign(window, { isSameDocument: true }))
    await repository.type(addRemote)
    await repository.remember(addRemote.split(' ').at(-1) ?? '', token)
    const pushing = repository.type(push)
    await reader.see(reader.page.getByRole('heading', { name: 'Light the lamp' }))
    await reader.see(serving(1))
    expect(await reader.page.evaluate(() => 'isSameDocument' in window)).toBe(hasScripts)
    expect(await pushing).toMatchObject({ exitCode: 0 })
    await reader.see(reader.page.getByRole('link', { name: 'Open', exact: true }))
    await reader.expectInOrder()
    appHost = new URL((await handcar.service()).url).hostname
    expect(await shown()).toMatchObject({ release: 'one', greeting: null })
  })

  test('a variable set as a row and as .env text reaches the app with a redeploy', async () => {
    await visit(`${web}/variables`)
    await reader.expectInOrder()
    await field('name').fill('GREETING')
    await field('value').fill('good evening')
    await reader.press('Save variable')
    await reader.page.getByText('GREETING is saved').waitFor()
    await reader.press('Edit as .env')
    expect(await field('env_text').inputValue()).toContain('good evening')
    await field('env_text').fill('export GREETING="good # night"\r\nOIL=whale\n')
    await reader.expectInOrder()
    await reader.press('Save all variables')
    await reader.page.getByText('2 changes to deploy').waitFor()
    await reader.press('Reveal all')
    await reader.page.getByText('good # night').waitFor()
    await reader.expectInOrder()
    expect(await statusOfApp()).toBe(200)
    await reader.press('Deploy 2 changes')
    await reader.see(serving(2))
    expect(await shown()).toMatchObject({ release: 'one', greeting: 'good # night', deployment: '2' })
  })

  test('rolling back brings the old release with its old variables', async () => {
    await reader.press('Roll back to #1')
    await reader.see(serving(3))
    expect(await shown()).toMatchObject({ greeting: null, deployment: '3' })
    await reader.expectInOrder()
  })

  test('a failed push says why, what to do and what kept serving', async () => {
    await repository.commit(sampleApp({ release: 'two', steps: broken }), loss)
    const pushing = repository.type('git push handcar main')
    await reader.see(reader.page.getByRole('heading', { name: 'What to do' }))
    expect(await pushing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Why:') })
    await reader.expectInOrder()
    await visit(`${web}/d/4`)
    const { page } = reader
    await page.getByText('Build failed').first().waitFor()
    await page.getByText('the wick is missing').first().waitFor()
    expect(await page.locator('.fix li').count()).toBeGreaterThan(0)
    const kept = page.locator('.notice', { hasText: 'stayed up.' })
    expect(await kept.getByRole('link').innerText()).toBe('#3')
    await reader.expectInOrder()
    expect(await statusOfApp()).toBe(200)
  })

  test('the runtime log shows what the app prints and follows it', async () => {
    await visit(`${web}/logs`)
    const log = reader.page.getByRole('log')
    await reader.see(log.getByText('lamp 150 is lit'))
    await reader.expectInOrder()
    await statusOfApp('/a-first-look')
    await reader.see(log.getByText('asked for /a-first-look'))
    if (hasScripts) await expectToStayWhereRead(reader, log, () => statusOfApp('/a-second-look'))
  })

  test('what is typed into the settings stays while a deployment goes on', async () => {
    await repository.commit(sampleApp({ release: 'three', steps: 'ENV WICK=new', listen: slow }), 'Mend the wick')
    await visit(`${web}/settings`)
    const typed = '/is-the-lamp-lit-and-does-it-burn-bright-enough-to-read-by'
    const pushing = repository.type('git push handcar main')
    await field('health_path').click()
    await reader.page.keyboard.type(typed, { delay: hasScripts ? 15_000 / typed.length : 0 })
    expect(await field('health_path').inputValue()).toBe(typed)
    expect(await reader.page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('health_path')
    expect(await pushing).toMatchObject({ exitCode: 0 })
    expect(await field('health_path').inputValue()).toBe(typed)
    await reader.expectInOrder()
    await reader.press('Save settings')
    await reader.page.getByText('Settings saved').waitFor()
    expect(await field('health_path').inputValue()).toBe(typed)
    await field('port').fill('the red one')
    await reader.press('Save settings')
    reader.forgive(/422/)
    reader.forgive(/422/)
    expect(await field('port').inputValue()).toBe('the red one')
    await reader.expectInOrder()
  })

  test('a stopped service answers 503, and a restart brings it back', async () => {
    await visit(web)
    await reader.see(serving(5))
    await reader.page.getByLabel('More actions').click()
    await reader.press(/^Stop/)
    await reader.see(reader.page.locator('#service-state').getByText('Stopped'))
    await reader.expectInOrder()
    await expect.poll(() => statusOfApp(), { timeout: 30_000 }).toBe(503)
    await reader.press('Restart')
    await reader.see(serving(6))
    expect(await shown()).toMatchObject({ release: 'three', greeting: 'good # night' })
  })

  test('signing out ends what may be seen, signing in shows the projects', async () => {
    await reader.page.locator('header summary').click()
    await reader.press('Sign out')
    await visit(web)
    expect(new URL(reader.page.url()).pathname).toBe('/login')
    await reader.expectInOrder()
    await field('email').fill(owner.email)
    await field('password').fill(owner.password)
    await reader.press('Sign in')
    for (const path of ['/projects', '/new', lantern, `${lantern}?view=list`]) {
      await visit(path)
      await reader.expectInOrder()
    }
    await visit(`${lantern}/s/nowhere`)
    reader.forgive(/404/)
    reader.forgive(/404/)
    await reader.expectInOrder()
  })

  test('a service goes when its name is typed, and not before', async () => {
    await visit(`${web}/settings`)
    await reader.press('Delete service')
    await field('confirm').fill('wob')
    await reader.press('Delete service')
    reader.forgive(/422/)
    reader.forgive(/422/)
    await reader.expectInOrder()
    expect(await statusOfApp()).toBe(200)
    await field('confirm').fill('web')
    await reader.press('Delete service')
    await reader.page.getByText('web is deleted').waitFor()
    await reader.expectInOrder()
    await expect.poll(() => statusOfApp(), { timeout: 30_000 }).toBe(404)
    expect((await handcar.status()).services).toEqual([])
  })
})

/** With scripts the buttons copy; without them the text is selected. */
async function copyLines({ page, hasScripts }: Reader): Promise<string[]> {
  if (!hasScripts) return page.locator('.copyline code').allInnerTexts()
  const lines: string[] = []
  const terminal = await page.context().newPage()
  await terminal.setContent('<textarea></textarea>')
  for (const button of await page.locator('[data-do=copy]').all()) {
    await page.bringToFront()
    await button.click()
    await terminal.bringToFront()
    await terminal.locator('textarea').fill('')
    await terminal.locator('textarea').press('Control+V')
    lines.push(await terminal.locator('textarea').inputValue())
  }
  await terminal.close()
  return lines
}

/** Whoever reads further up is not moved by what comes, and is told of it. */
async function expectToStayWhereRead({ page }: Reader, log: Locator, makeLine: () => Promise<unknown>): Promise<void> {
  await log.hover()
  await page.mouse.wheel(0, -700)
  await expect.poll(() => page.locator('[data-word]').textContent()).toBe('Follow')
  const before = await log.evaluate((body) => body.scrollTop)
  await makeLine()
  await page.getByText('1 new line').waitFor()
  expect(await log.evaluate((body) => body.scrollTop)).toBe(before)
  await page.getByText('1 new line').click()
  await log.getByText('asked for /a-second-look').waitFor()
}
