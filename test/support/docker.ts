import { Readable } from 'node:stream'
import { connectDocker, type DockerConnection } from '../../src/adapters/docker/connect.ts'
import { label, labelFilter } from '../../src/adapters/docker/labels.ts'
import { newId } from '../../src/kernel/ids.ts'
import type { ContainerEngine } from '../../src/ports/container-engine.ts'

/** An installation of its own on the real daemon, so that tests never meet each other's things. */
export interface TestInstall {
  installId: string
  connection: DockerConnection
  /** Removes all that carries the installation's label. */
  cleanUp(): Promise<void>
}

export function testInstall(): TestInstall {
  const installId = newId()
  const connection = connectDocker()
  return { installId, connection, cleanUp: () => removeInstall(connection, installId) }
}

async function removeInstall(connection: DockerConnection, installId: string): Promise<void> {
  const filters = labelFilter({ [label.install]: installId })
  const containers = await connection.call((docker) => docker.listContainers({ all: true, filters }))
  for (const { Id } of containers) {
    await connection.attempt((docker) => docker.getContainer(Id).remove({ force: true, v: true }), 90_000)
  }
  const networks = await connection.call((docker) => docker.listNetworks({ filters }))
  for (const { Id } of networks) await connection.attempt((docker) => docker.getNetwork(Id).remove())
  const { Volumes: volumes } = await connection.call((docker) => docker.listVolumes({ filters }))
  for (const { Name } of volumes) await connection.attempt((docker) => docker.getVolume(Name).remove())
  const images = await connection.call((docker) => docker.listImages({ filters }))
  for (const { Id } of images) await connection.attempt((docker) => docker.getImage(Id).remove({ force: true }))
}

/** A /24 that nothing on this machine uses now; tests that run beside each other take different ones. */
export async function freeSubnet(engine: ContainerEngine): Promise<string> {
  const taken = await engine.takenSubnets()
  const start = Math.floor(Math.random() * 250)
  for (let step = 0; step < 250; step += 1) {
    const subnet = `10.231.${(start + step) % 250}.0/24`
    if (!taken.includes(subnet)) return subnet
  }
  throw new Error('all subnets of the tests are taken; remove networks with the label handcar.install')
}

/** A build context out of texts by path. */
export function buildContext(files: Record<string, string>): Readable {
  const parts = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text)
    return [tarHeader(path, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return Readable.from([...parts, Buffer.alloc(1024)].filter((part) => part.length > 0))
}

function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  const fields: Array<[number, string]> = [
    [0, path],
    [100, octal(0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\u000000'],
  ]
  for (const [at, text] of fields) header.write(text, at, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1')
  return header
}
