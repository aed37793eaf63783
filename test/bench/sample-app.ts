import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../../src/kernel/process.ts'

export const appPort = 3000
/** How long `/slow` takes. */
export const slowMs = 5_000

/** Says its version in every answer; that version is the one line which changes from commit to commit. */
const server = `const { createServer } = require('node:http')
const version = require('./version.js')
const greet = require('greeting')

createServer((request, response) => {
  let bytes = 0
  request.on('data', (piece) => { bytes += piece.length })
  request.on('end', () => {
    const answer = () => response.end(JSON.stringify({ version, bytes, text: greet('bench') }))
    response.setHeader('Content-Type', 'application/json')
    if (request.url === '/slow') setTimeout(answer, ${slowMs})
    else answer()
  })
}).listen(process.env.PORT, '0.0.0.0')
`

const manifest = {
  name: 'bench-app',
  version: '1.0.0',
  private: true,
  dependencies: { greeting: 'file:vendor/greeting' },
}
const greeting = { name: 'greeting', version: '1.0.0', main: 'index.js' }
const lock = {
  name: 'bench-app',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'bench-app', version: '1.0.0', dependencies: manifest.dependencies },
    'node_modules/greeting': { resolved: 'vendor/greeting', link: true },
    'vendor/greeting': { version: '1.0.0' },
  },
}

/** The dependency lies in the repository, so that no registry takes part in the figures. */
function filesOf(baseImage: string): Record<string, string> {
  const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`
  return {
    Dockerfile: [
      `FROM ${baseImage}`,
      'WORKDIR /app',
      'COPY package.json package-lock.json ./',
      'COPY vendor ./vendor',
      'RUN npm ci --omit=dev --no-audit --no-fund',
      'COPY . .',
      'USER 1000',
      `EXPOSE ${appPort}`,
      'CMD ["node", "server.js"]',
      '',
    ].join('\n'),
    'package.json': json(manifest),
    'package-lock.json': json(lock),
    'vendor/greeting/package.json': json(greeting),
    'vendor/greeting/index.js': 'module.exports = (name) => "hello " + name\n',
    'server.js': server,
    'README.md': '# A small app\n\nIt answers with its version.\n',
  }
}

/** A person's clone of the sample app. */
export interface WorkTree {
  path: string
  /** Changes the one line and commits it. The commit's hash. */
  change(version: string): Promise<string>
}

/** Nothing of the machine's own git settings takes part. */
export const personEnvironment: Record<string, string> = {
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Bench',
  GIT_AUTHOR_EMAIL: 'bench@handcar.test',
  GIT_COMMITTER_NAME: 'Bench',
  GIT_COMMITTER_EMAIL: 'bench@handcar.test',
  LC_ALL: 'C.UTF-8',
}

export async function createWorkTree(path: string, baseImage: string): Promise<WorkTree> {
  const git = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run('git', ['-C', path, ...args], { environment: personEnvironment })
    if (exitCode !== 0) throw new Error(`git ${args[0]} failed: ${stderr}`)
    return stdout.toString('utf8').trim()
  }
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  await mkdir(path, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  for (const [name, text] of Object.entries(filesOf(baseImage))) await write(name, text)
  return {
    path,
    async change(version) {
      await write('version.js', `module.exports = ${JSON.stringify(version)}\n`)
      await git('add', '--all')
      await git('commit', '--quiet', '--message', `Release ${version}`)
      return git('rev-parse', 'HEAD')
    },
  }
}
