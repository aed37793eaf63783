import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpAnswer, httpAsk } from '../docker/support/http.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'

const visitors = Array.from({ length: 50 }, (_, number) => `visitor-${number}@lantern.test`)

let handcar: Handcar

beforeAll(async () => {
  handcar = await startHandcar({ isComplete: false })
})
afterAll(async () => {
  await handcar?.[Symbol.asyncDispose]()
})

test('fifty visitors with the same setup token at once make one owner', async () => {
  const { stdout } = await handcar.command('setup-token')
  const token = new URL(stdout.trim()).hash.slice(1)
  const claims = await Promise.all(visitors.map(() => post('/setup/token', { token })))
  expect(claims.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(claims.filter(({ status }) => status === 409 || status === 429)).toHaveLength(49)

  const cookie = cookieOf(claims.find(({ status }) => status === 303))
  const owners = await Promise.all(
    visitors.map((email) => post('/setup/owner', { email, password: 'a lantern for the dark' }, cookie)),
  )
  const [first, ...others] = owners.filter(({ status }) => status === 303)
  expect(others).toEqual([])
  expect(owners.filter(({ status }) => status === 409 || status === 429)).toHaveLength(49)
  expect(handcar.rows('SELECT id FROM person')).toHaveLength(1)

  const projects = await ask({ path: '/projects', headers: { cookie: cookieOf(first) } })
  expect(projects.status).toBe(200)
  expect((await post('/setup/token', { token })).status).toBe(409)
  expect(await handcar.command('setup-token')).toMatchObject({ exitCode: 1, stdout: '' })
})

function post(path: string, fields: Record<string, string>, cookie = ''): Promise<HttpAnswer> {
  const headers = {
    cookie,
    origin: `http://127.0.0.1:${handcar.ports.panel}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return ask({ path, method: 'POST', headers, body: new URLSearchParams(fields).toString() })
}

function ask(question: { path: string; method?: string; headers: Record<string, string>; body?: string }) {
  const { panel } = handcar.ports
  return httpAsk({ ...question, port: panel, host: `127.0.0.1:${panel}`, timeoutMs: 60_000 })
}

/** The one that the answer sets. */
function cookieOf(answer: HttpAnswer | undefined): string {
  const lines = answer?.headers['set-cookie']
  const set = (Array.isArray(lines) ? lines : []).filter((line) => !/max-age=0/i.test(line))
  return set.map((line) => line.split(';')[0] ?? '').join('; ')
}
