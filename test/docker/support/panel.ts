import { type HttpAnswer, httpAsk } from './http.ts'

/** A browser without scripts at the panel: cookies kept, redirects not followed. */
export interface Panel {
  get(path: string): Promise<HttpAnswer>
  post(path: string, fields?: Record<string, string>): Promise<HttpAnswer>
}

/** Makes the first owner with a setup token and stays signed in. */
export async function claim(port: number, setupToken: string): Promise<Panel> {
  const panel = visit(port)
  await expectMoved(panel.post('/setup/token', { token: setupToken }))
  const owner = { email: 'ada@lantern.test', password: 'a lantern for the dark' }
  await expectMoved(panel.post('/setup/owner', owner))
  await expectMoved(panel.post('/setup/address', { panel_host: '', apps_host: '' }))
  return panel
}

/** Posts that do something answer 303. */
export async function expectMoved(answer: Promise<HttpAnswer>): Promise<HttpAnswer> {
  const { status, text } = await answer
  if (status !== 303) throw new Error(`a post was answered ${status}: ${textOf(text)}`)
  return answer
}

function visit(port: number): Panel {
  const cookies = new Map<string, string>()
  const host = `127.0.0.1:${port}`
  async function ask(method: string, path: string, headers: Record<string, string>, body?: string) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await httpAsk({
      port,
      host,
      path,
      method,
      headers: { accept: 'text/html', cookie, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const set = answer.headers['set-cookie']
    for (const line of Array.isArray(set) ? set : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    get: (path) => ask('GET', path, {}),
    post: (path, fields = {}) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: `http://${host}` }
      return ask('POST', path, headers, new URLSearchParams(fields).toString())
    },
  }
}

/** The whole form of settings: what is not named goes back to its default. */
export function settingsForm(named: Record<string, string> = {}): Record<string, string> {
  const usual = { port: '', health_path: '', health_timeout: '', start_command: '', root_directory: '' }
  return { ...usual, replicas: '', memory: '', cpu: '', ...named }
}

/** Words of a page, for messages of failed tests. */
export function textOf(html: string): string {
  return html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
