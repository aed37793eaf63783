import { connectDocker, type DockerConnection } from '../../src/adapters/docker/connect.ts'
import { label, labelFilter } from '../../src/adapters/docker/labels.ts'

const removeTimeoutMs = 90_000

/** Removes all that carries this id as its installation. */
export async function removeInstall(installId: string, connection: DockerConnection = connectDocker()): Promise<void> {
  const filters = labelFilter({ [label.install]: installId })
  const containers = await connection.call((docker) => docker.listContainers({ all: true, filters }))
  for (const { Id } of containers) {
    await connection.attempt((docker) => docker.getContainer(Id).remove({ force: true, v: true }), removeTimeoutMs)
  }
  const networks = await connection.call((docker) => docker.listNetworks({ filters }))
  for (const { Id } of networks) await connection.attempt((docker) => docker.getNetwork(Id).remove())
  const images = await connection.call((docker) => docker.listImages({ filters }))
  for (const { Id } of images) {
    await connection.attempt((docker) => docker.getImage(Id).remove({ force: true }), removeTimeoutMs)
  }
}

/** Containers of an installation, in any state. */
export async function countContainers(
  installId: string,
  connection: DockerConnection = connectDocker(),
): Promise<number> {
  const filters = labelFilter({ [label.install]: installId })
  return (await connection.call((docker) => docker.listContainers({ all: true, filters }))).length
}
