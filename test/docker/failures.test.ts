import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basePrefix, ensureNodeBase } from '../support/base-image.ts'
import { type Handcar, startHandcar } from '../support/handcar.ts'
import { sampleApp } from '../support/sample-app.ts'
import { type GitAnswer, linesOf, type WorkTree, workTree } from '../walks/support/work-tree.ts'
import { containersOf } from './support/docker.ts'
import { eventually } from './support/eventually.ts'
import { expectMoved, settingsForm } from './support/panel.ts'
import { failuresOf, startPoller } from './support/poller.ts'
import { tellLog } from './support/tell-log.ts'

const page = '/p/lantern/production/s/web'
const base = `FROM ${basePrefix}node:26-slim`
const answering = (does: string) => `server.removeAllListeners('request')\nserver.on('request', ${does})`
const dockerfile = (...lines: string[]) => ({ Dockerfile: [base, ...lines, ''].join('\n') })
/** Beginning of a program for 64-bit ARM, or for x86 where this machine is that. */
const foreignMachine = process.arch === 'arm64' ? '076' : '267'
const foreignHead = `\\177ELF\\002\\001\\001${'\\0'.repeat(9)}\\002\\0\\${foreignMachine}\\0`

interface Case {
  code: string
  files: Record<string, string>
  settings?: Record<string, string>
  /** What the person reads behind `Why:`, lines joined by a space. */
  why: RegExp
  /** A line of the log that the person sees before. */
  printed?: string
  /** Where a Dockerfile leads that is a symbolic link. */
  link?: string
}

const cases: Case[] = [
  {
    code: 'app.wrong_port',
    files: sampleApp({ release: 'x', listen: "server.listen(4567, '0.0.0.0')" }),
    why: /The app listens on port 4567; Handcar asks port 3000\./,
  },
  {
    code: 'app.loopback_only',
    files: sampleApp({ release: 'x', listen: "server.listen(port, '127.0.0.1')" }),
    why: /The app listens on 127\.0\.0\.1:3000, where only it can reach itself\./,
  },
  {
    code: 'app.no_listener',
    files: sampleApp({ release: 'x', listen: 'setInterval(() => undefined, 1_000)' }),
    why: /The app runs, but nothing in it listens on a port; port 3000 is expected\./,
  },
  {
    code: 'app.exited',
    files: sampleApp({ release: 'x', before: "console.error('there is no oil'); process.exit(3)" }),
    why: /The app ended with exit code 3\. Its last lines: there is no oil/,
  },
  {
    code: 'app.out_of_memory',
    files: sampleApp({ release: 'x', before: 'const oil = []; for (;;) oil.push(Buffer.alloc(1_000_000, 1))' }),
    settings: { memory: '32m' },
    why: /The app used more than its 32 MB of memory and was ended\./,
  },
  {
    code: 'app.exec_format',
    files: dockerfile(`RUN printf '${foreignHead}' > /lamp && chmod +x /lamp`, 'CMD ["/lamp"]'),
    why: /The program in the image is built for a\w+64, this server is a\w+64\./,
  },
  {
    code: 'health.bad_status',
    files: sampleApp({
      release: 'x',
      before: answering("(_, answer) => { answer.writeHead(503); answer.end('dark' + '+'.repeat(500)) }"),
    }),
    settings: { health_path: '/health' },
    why: /GET \/health answered 503 in place of 200 to 299\. It answered: dark ?(?:\+ ?){190,}/,
  },
  {
    code: 'deploy.timeout',
    files: sampleApp({ release: 'x', before: answering('() => undefined') }),
    settings: { health_path: '/health' },
    why: /The app did not answer within 3 s\./,
  },
  {
    code: 'build.failed',
    files: dockerfile("RUN echo 'the wick is missing' && exit 7"),
    why: /ended with exit code 7\. Handcar does not recognise the cause/,
    printed: 'the wick is missing',
  },
  {
    code: 'build.no_builder',
    files: { 'lamp.txt': 'oil', 'backend/Dockerfile': base },
    why: /No Dockerfile and no language that Handcar builds was found\. Root files: `?lamp\.txt`?/,
  },
  {
    code: 'build.failed',
    files: { Dockerfile: '# only a note\n' },
    why: /The build failed\. Handcar does not recognise the cause/,
    printed: 'file with no instructions',
  },
  {
    code: 'build.out_of_memory',
    files: dockerfile('RUN node -e "const all = []; for (let n = 0; n < 26; n++) all.push(Buffer.alloc(1e8, 1))"'),
    why: /A step of the build used more memory than builds may use here\./,
  },
  { code: 'build.dockerfile_not_found', files: {}, link: 'lamp/Dockerfile', why: /The builder found no Dockerfile/ },
  { code: 'build.timeout', files: dockerfile('RUN sleep 600'), why: /The build was still running after 10 s/ },
  { code: 'build.registry', files: { Dockerfile: 'FROM registry.invalid/lamp:1\n' }, why: /registry\.invalid/ },
  {
    code: 'source.empty',
    files: sampleApp({ release: 'x' }),
    settings: { root_directory: 'backend' },
    why: /The commit has no folder `backend`, which is the root directory in Settings\./,
  },
]

let handcar: Handcar
let tree: WorkTree

tellLog(() => handcar)

beforeAll(async () => {
  await ensureNodeBase()
  handcar = await startHandcar({ environment: { HANDCAR_BUILD_TIMEOUT: '10' } })
  tree = await workTree()
  await tree.commit(sampleApp({ release: 'one' }))
  expect(await push('lantern/web')).toMatchObject({ exitCode: 0 })
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await handcar?.[Symbol.asyncDispose]()
})

describe('what fails says why and what to do, and the old release serves', () => {
  test.each(cases)('$code: $why', async ({ code, files, settings, why, printed, link }) => {
    await expectMoved(handcar.panel.post(`${page}/settings`, settingsForm({ health_timeout: '3', ...settings })))
    const poller = startPoller(handcar, 'lantern/web')
    const pushed = await pushOnly(files, link)
    const polls = await poller.stop()
    expect(pushed).toMatchObject({ exitCode: 1 })
    expect(pushed.stderr).toMatch(/\[remote rejected\] main -> main \(.+, see above\)/)
    expect(failureText(pushed)).toMatch(why)
    if (printed !== undefined) expect(linesOf(pushed).join('\n')).toContain(printed)
    const [newest] = (await handcar.service('lantern/web')).deployments
    expect(newest).toMatchObject({ state: 'failed', code })
    expectFailureLines(pushed, newest?.number)
    expect(failuresOf(polls)).toEqual([])
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200, headers: { 'x-release': 'one' } })
    await eventually('nothing of it is left', async () => (await containersOf(handcar.installId)).length === 1)
  })

  test('a push without a file is refused before it is a deployment', async () => {
    const pushed = await pushOnly({})
    expect(pushed).toMatchObject({ exitCode: 1 })
    expect(linesOf(pushed)).toContain(' !     Why:  the pushed commit holds no files.')
  })

  test('a program that keeps ending is given up, with its last words kept', async () => {
    await replace(
      sampleApp({ release: 'moth', before: "setTimeout(() => { console.log('burnt'); process.exit(9) }, 700)" }),
    )
    await push('lantern/moth')
    await eventually(
      'it is given up',
      async () => (await handcar.service('lantern/moth')).replicas[0]?.state === 'crashed',
    )
    const moth = await handcar.service('lantern/moth')
    expect(moth.deployments[0]).toMatchObject({ code: 'app.crash_loop' })
    const [row] = handcar.rows(`SELECT why FROM deployment WHERE code = 'app.crash_loop'`)
    expect(row?.why).toMatch(/The app ended 5 times within 10 minutes, last with exit code 9/)
    const log = await handcar.panel.get('/p/lantern/production/s/moth/d/1/log.txt?log=runtime')
    expect(log.text).toContain('burnt')
    await eventually('it does not run', async () => (await containersOf(handcar.installId)).length === 1)
    expect(await handcar.ask('lantern/moth')).toMatchObject({ status: 503 })
    expect(await handcar.ask('lantern/web')).toMatchObject({ status: 200 })
  })
})

function push(name: string): Promise<GitAnswer> {
  return tree.push(handcar.remote(name), 'main')
}

/** Exactly these files, in place of what was there. */
async function replace(files: Record<string, string>, link?: string): Promise<void> {
  await tree.git('rm', '-r', '--quiet', '--ignore-unmatch', '.')
  if (link !== undefined) await symlink(link, join(tree.path, 'Dockerfile'))
  await tree.commit(files)
}

async function pushOnly(files: Record<string, string>, link?: string): Promise<GitAnswer> {
  await replace(files, link)
  return push('lantern/web')
}

/** What stands behind ` !     `, in one line. */
function failureText(pushed: GitAnswer): string {
  const marked = linesOf(pushed).filter((line) => line.startsWith(' !     '))
  return marked.map((line) => line.slice(7).trim()).join(' ')
}

function expectFailureLines(pushed: GitAnswer, number: number | undefined): void {
  const lines = linesOf(pushed)
  const { http } = handcar.ports
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^ ! {5}\S.* \(after [\d.]+ s\)\.$/),
      ` !     #1 keeps serving http://web-lantern.localhost:${http}`,
      expect.stringMatching(/^ ! {5}Why: {2}\S/),
      expect.stringMatching(/^ ! {5}Do: {3}\S/),
      ` !     Log:  http://localhost:${http}${page}/d/${number}`,
    ]),
  )
  for (const line of lines) {
    expect(line).toMatch(/^(?:-----> \S| {7}| ! {5})/)
    if (!line.includes('http://')) expect(`remote: ${line}`.length).toBeLessThanOrEqual(80)
  }
}
