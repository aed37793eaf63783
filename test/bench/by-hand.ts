import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { openBuildSession } from '../../src/adapters/docker/build-session.ts'
import { connectDocker, type DockerConnection, readText } from '../../src/adapters/docker/connect.ts'
import { dockerContainerEngine } from '../../src/adapters/docker/container-engine.ts'
import { containerSpec } from '../../src/adapters/docker/container-spec.ts'
import { label, labelFilter } from '../../src/adapters/docker/labels.ts'
import { openFilesLimit } from '../../src/adapters/docker/open-files.ts'
import { defaults } from '../../src/core/service/service.ts'
import { newId } from '../../src/kernel/ids.ts'
import type { ReplicaPlan } from '../../src/ports/container-engine.ts'
import { freeSubnet } from '../support/docker.ts'
import { watchFor } from './answers.ts'
import { removeInstall } from './docker-things.ts'
import type { Ending } from './ending.ts'
import { serveBareRepository } from './git-server.ts'
import { startPush } from './push.ts'
import { appPort, createWorkTree } from './sample-app.ts'

/**
 * The floor: what a person needs who does the same with git and Docker alone. No queue, no rows, no proxy, no drain.
 * The build goes to the same BuildKit by the same endpoint, the container has the spec of our replicas and a network
 * of the same kind; calls are made one after the other, each as bare as it can be.
 */
export interface ByHand {
  /** Changes the one line, then takes the time from the push to the first answer of the new container. */
  deploy(version: string): Promise<Steps>
  /** Time from creating a container of an image that is there to its first answer. */
  start(version: string): Promise<Steps>
}

/** Milliseconds from the beginning to the end of each step; `total` is the sample. */
export type Steps = Record<'push' | 'build' | 'create' | 'start' | 'answer' | 'total', number>

const answerTimeoutMs = 30_000

export async function openByHand(directory: string, baseImage: string, ending: Ending): Promise<ByHand> {
  const installId = newId()
  const environmentId = newId()
  const connection = connectDocker()
  const engine = dockerContainerEngine({ installId })
  ending.add('remove what was started by hand', () => removeInstall(installId, connection))
  const subnet = await freeSubnet(engine)
  await engine.ensureNetwork({ environmentId, projectId: newId(), subnet })
  const [network] = await connection.call((docker) =>
    docker.listNetworks({ filters: labelFilter({ [label.install]: installId }) }),
  )
  const repository = join(directory, 'by-hand.git')
  const server = await serveBareRepository(repository)
  ending.add('stop the git server', () => server.close())
  const tree = await createWorkTree(join(directory, 'by-hand'), baseImage)
  const networkId = network?.Id ?? ''
  const openFiles = await openFilesLimit()
  const hand: Hand = { connection, installId, environmentId, networkId, subnet, repository, openFiles, count: 0 }
  return {
    async deploy(version) {
      const commit = await tree.change(version)
      const push = startPush(tree.path, server.url)
      const pushed = await push.exited
      await build(hand, commit, version)
      const built = performance.now()
      return run(hand, version, push.startedAt, { push: pushed - push.startedAt, build: built - pushed })
    },
    start: (version) => run(hand, version, performance.now(), { push: 0, build: 0 }),
  }
}

interface Hand {
  connection: DockerConnection
  installId: string
  environmentId: string
  networkId: string
  subnet: string
  repository: string
  openFiles: number
  count: number
  /** Id of the container before. */
  running?: string
}

async function build({ connection, installId, repository }: Hand, commit: string, version: string): Promise<void> {
  const session = await openBuildSession(connection, AbortSignal.timeout(answerTimeoutMs))
  const archive = spawn('git', ['--git-dir', repository, 'archive', '--format=tar', commit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const labels = JSON.stringify({ [label.install]: installId })
  const query = { version: '2', t: imageOf(installId, version), labels, networkmode: 'default', session: session.id }
  const headers = { 'Content-Type': 'application/x-tar' }
  const answer = await connection.open({ method: 'POST', path: '/build', query, headers, body: archive.stdout })
  const said = answer.ok ? await readText(answer.value.body) : answer.message
  session.close()
  if (!answer.ok || said.includes('"errorDetail"')) throw new Error(`the build by hand failed: ${said.slice(-500)}`)
}

async function run(
  hand: Hand,
  version: string,
  beganAt: number,
  before: Pick<Steps, 'push' | 'build'>,
): Promise<Steps> {
  const { connection } = hand
  hand.count += 1
  const address = hand.subnet.replace('0/24', String(2 + (hand.count % 200)))
  const createdFrom = performance.now()
  const spec = containerSpec(planOf(hand, version, address), hand.installId, hand.networkId, hand.openFiles)
  const container = await connection.call((docker) => docker.createContainer(spec))
  const created = performance.now()
  await connection.call((docker) => docker.getContainer(container.id).start())
  const started = performance.now()
  const target = { address, port: appPort, host: 'by-hand.localhost' }
  const answered = await watchFor(target, version, answerTimeoutMs).answered
  const old = hand.running
  hand.running = container.id
  // As on our side the container before runs while the new one starts, and is taken away outside the sample.
  if (old !== undefined) {
    await connection.call((docker) => docker.getContainer(old).stop({ t: 10 }))
    await connection.call((docker) => docker.getContainer(old).remove({ v: true }))
  }
  const steps = { create: created - createdFrom, start: started - created, answer: answered - started }
  return { ...before, ...steps, total: answered - beganAt }
}

function planOf({ installId, environmentId, count }: Hand, version: string, address: string): ReplicaPlan {
  const labels = {
    environment: environmentId,
    project: newId(),
    service: newId(),
    deployment: newId(),
    replica: newId(),
  }
  return {
    replicaId: labels.replica,
    name: `handcar-bench-${installId.slice(-12)}-${count}`,
    labels,
    image: imageOf(installId, version),
    startCommand: undefined,
    variables: { PORT: String(appPort) },
    address,
    alias: 'web',
    stopGraceSeconds: 10,
    memoryBytes: defaults.memoryBytes,
    cpuMillis: defaults.cpuMillis,
  }
}

function imageOf(installId: string, version: string): string {
  return `handcar-bench/${installId}:${version}`
}
