import type { Readable } from 'node:stream'
import type { Ctx } from '../../../src/core/ctx.ts'
import { git } from '../../../src/core/source/git.ts'
import { ensureRepository } from '../../../src/core/source/repository.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { emptyWorld } from '../../support/world.ts'

/** A service's bare repository with commits made by plumbing, so that trees can be what no work tree would hold. */
export interface Bare extends AsyncDisposable {
  ctx: Ctx
  serviceId: string
  path: string
  commit(files: Record<string, string | TreeEntry>, message?: string): Promise<string>
}

export interface TreeEntry {
  mode: '100644' | '100755' | '120000' | '160000'
  content: string
}

const author = 'Ada <ada@lantern.test> 1700000000 +0000'

export async function bare(): Promise<Bare> {
  const { ctx, close } = await emptyWorld()
  const serviceId = newId()
  const path = await ensureRepository(ctx, serviceId)
  return {
    ctx,
    serviceId,
    path,
    async commit(files, message = 'Change') {
      const commands = Object.entries(files).map(([name, file]) => fileCommand(name, file))
      const input = [
        `commit refs/test/${newId()}\n`,
        `committer ${author}\ndata ${Buffer.byteLength(message)}\n${message}\n`,
        ...commands,
        'done\n',
      ].join('')
      await git(path, ['fast-import', '--quiet', '--done'], { input })
      const { stdout } = await git(path, ['for-each-ref', '--format=%(objectname)', 'refs/test'])
      const sha = stdout.toString().trim()
      await git(path, ['for-each-ref', '--format=delete %(refname)', 'refs/test']).then(({ stdout: input }) =>
        git(path, ['update-ref', '--stdin'], { input }),
      )
      return sha
    },
    [Symbol.asyncDispose]: close,
  }
}

function fileCommand(name: string, file: string | TreeEntry): string {
  const { mode, content } = typeof file === 'string' ? { mode: '100644', content: file } : file
  if (mode === '160000') return `M 160000 ${content} ${name}\n`
  return `M ${mode} inline ${name}\ndata ${Buffer.byteLength(content)}\n${content}\n`
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
