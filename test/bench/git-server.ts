import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGunzip } from 'node:zlib'
import { run } from '../../src/kernel/process.ts'

export interface GitServer {
  /** Where git pushes to. */
  url: string
  close(): Promise<void>
}

/**
 * The least that takes a push over HTTP: one bare repository behind `git receive-pack`, no sign-in, no hooks.
 * On loopback, for as long as the benchmark runs.
 */
export async function serveBareRepository(path: string): Promise<GitServer> {
  const { exitCode, stderr } = await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
  if (exitCode !== 0) throw new Error(`git init failed: ${stderr}`)
  const server = createServer((request, response) => {
    answer(path, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/repository.git`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const isRefs = pathname.endsWith('/info/refs') && searchParams.get('service') === 'git-receive-pack'
  const isPush = pathname.endsWith('/git-receive-pack') && request.method === 'POST'
  if (!isRefs && !isPush) {
    response.writeHead(404).end()
    return
  }
  const kind = isRefs ? 'advertisement' : 'result'
  response.writeHead(200, { 'Content-Type': `application/x-git-receive-pack-${kind}`, 'Cache-Control': 'no-cache' })
  if (isRefs) response.write('001f# service=git-receive-pack\n0000')
  const args = isRefs ? ['--stateless-rpc', '--http-backend-info-refs', path] : ['--stateless-rpc', path]
  const child = spawn('git', ['receive-pack', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => child.kill())
  const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
  body.pipe(child.stdin)
  child.stdout.pipe(response)
  await once(child, 'close')
}
