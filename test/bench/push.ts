import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { personEnvironment } from './sample-app.ts'

export interface Push {
  /** `performance.now()` right before git was started. */
  startedAt: number
  /** Resolves with `performance.now()` when git has exited; throws with what it said when it failed. */
  exited: Promise<number>
}

/** Pushes `main` with the real git client. */
export function startPush(path: string, remote: string, environment: Record<string, string> = {}): Push {
  const startedAt = performance.now()
  const child = spawn('git', ['-C', path, 'push', remote, 'HEAD:refs/heads/main'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...personEnvironment, ...environment },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const exited = once(child, 'exit').then(async ([code]) => {
    const at = performance.now()
    if (code === 0) return at
    if (!child.stderr.readableEnded) await once(child.stderr, 'end')
    throw new Error(`the push failed:\n${said}`)
  })
  exited.catch(() => undefined)
  return { startedAt, exited }
}
