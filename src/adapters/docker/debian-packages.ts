import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HandcarError } from '../../kernel/errors.ts'
import { type ProcessResult, run } from '../../kernel/process.ts'

const leftOut = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/lintian']

/**
 * Puts the files of Debian packages and of all they depend on into `root`. Their scripts do not run, and the system's
 * own packages are neither used nor changed. apt checks what it loads against the signed lists.
 */
export async function unpackDebianPackages(packages: string[], root: string, cacheDirectory: string): Promise<void> {
  const archives = join(cacheDirectory, 'debian')
  await mkdir(join(archives, 'partial'), { recursive: true })
  const names = await listArchives(packages, archives)
  await expectSuccess(await apt(archives, ['--yes', '--download-only', 'install', ...packages]))
  for (const name of names) {
    await expectSuccess(await run('dpkg-deb', ['-x', join(archives, name), root], { timeoutMs: 120_000 }))
  }
  for (const folder of leftOut) await rm(join(root, folder), { recursive: true, force: true })
}

/** Names of the archives of the packages and their dependencies, as apt keeps them. */
async function listArchives(packages: string[], archives: string): Promise<string[]> {
  // An empty folder: what is already there would be left out of the answer.
  const empty = join(archives, 'none')
  await mkdir(join(empty, 'partial'), { recursive: true })
  let answer = await apt(empty, ['--print-uris', 'install', ...packages])
  if (answer.exitCode !== 0) {
    await expectSuccess(await run('apt-get', ['-qq', 'update'], { timeoutMs: 300_000 }))
    answer = await apt(empty, ['--print-uris', 'install', ...packages])
  }
  const lines = (await expectSuccess(answer)).split('\n')
  return lines.flatMap((line) => /^'[^']+' (\S+\.deb) /.exec(line)?.[1] ?? [])
}

function apt(archives: string, args: string[]): Promise<ProcessResult> {
  const settings = [
    'Dir::State::status=/dev/null',
    `Dir::Cache::archives=${archives}`,
    'APT::Install-Recommends=0',
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ]
  const options = settings.flatMap((setting) => ['-o', setting])
  return run('apt-get', ['-qq', ...options, ...args], {
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: 600_000,
  })
}

async function expectSuccess(result: ProcessResult): Promise<string> {
  if (result.exitCode === 0) return result.stdout.toString('utf8')
  throw new HandcarError({
    code: 'engine.base_image_failed',
    kind: 'unavailable',
    message: `Debian packages could not be unpacked: ${result.stderr.slice(-500)}`,
    hint: 'It needs a Debian or Ubuntu server that reaches its package mirror.',
  })
}
