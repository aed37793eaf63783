import type { Hono } from 'hono'
import type { WebEnv } from '../../src/web/env.ts'

export interface ToldMessage {
  event: string | undefined
  id: string | undefined
  data: string
}

/** Listens to a stream of events as a browser does and keeps what it was told. */
export interface EventReader {
  readonly status: number
  readonly messages: ToldMessage[]
  isOver(): boolean
  close(): Promise<void>
}

export async function readEvents(
  app: Hono<WebEnv>,
  path: string,
  cookies: Map<string, string>,
  lastEventId?: string,
): Promise<EventReader> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await app.request(path, {
    headers: {
      cookie,
      host: 'handcar.test',
      'x-forwarded-host': 'handcar.test',
      'x-forwarded-proto': 'http',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  })
  const reader = (answer.body ?? new Blob([]).stream()).getReader()
  const messages: ToldMessage[] = []
  let isOver = false
  const reading = (async () => {
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) messages.push(parse(part))
    }
    isOver = true
  })()
  return {
    status: answer.status,
    messages,
    isOver: () => isOver,
    async close() {
      await reader.cancel()
      await reading
    },
  }
}

function parse(text: string): ToldMessage {
  const lines = text.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line) ?? ['', '', ''])
  const field = (name: string) => lines.filter(([, key]) => key === name).map(([, , value]) => value ?? '')
  return { event: field('event')[0], id: field('id')[0], data: field('data').join('\n') }
}
