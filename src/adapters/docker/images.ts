import type { ImageInspectInfo } from 'dockerode'
import type { BuiltImage } from '../../ports/image-builder.ts'
import { inBatches } from './batches.ts'
import { type DockerConnection, engineFailed } from './connect.ts'
import { label, labelFilter } from './labels.ts'

/** The images of one installation. What does not carry its label does not exist here. */
export class Images {
  private readonly connection: DockerConnection
  private readonly installId: string

  constructor(connection: DockerConnection, installId: string) {
    this.connection = connection
    this.installId = installId
  }

  async find(reference: string): Promise<BuiltImage | undefined> {
    const answer = await this.connection.attempt((docker) => docker.getImage(reference).inspect())
    if (!answer.ok && answer.status !== 404 && answer.status !== 400) throw engineFailed(answer.message)
    const isOurs = answer.ok && answer.value.Config.Labels?.[label.install] === this.installId
    return isOurs ? builtImage(answer.value, reference) : undefined
  }

  /** An image without a name, as a rebuild leaves it, is referred to by its id. */
  async list(): Promise<BuiltImage[]> {
    const filters = labelFilter({ [label.install]: this.installId })
    const found = await this.connection.call((docker, abortSignal) => docker.listImages({ filters, abortSignal }))
    const references = found.flatMap(({ Id, RepoTags }) => {
      const names = (RepoTags ?? []).filter((name) => name !== '<none>:<none>')
      return names.length > 0 ? names : [Id]
    })
    const images = await inBatches(references, (reference) => this.find(reference))
    return images.filter((image) => image !== undefined)
  }

  async remove(reference: string): Promise<boolean> {
    if ((await this.find(reference)) === undefined) return false
    const answer = await this.connection.attempt(
      (docker, abortSignal) => docker.getImage(reference).remove({ abortSignal }),
      removeTimeoutMs,
    )
    // 409: a replica or another image needs it.
    if (!answer.ok && answer.status !== 404 && answer.status !== 409) throw engineFailed(answer.message)
    return answer.ok
  }
}

const removeTimeoutMs = 120_000

function builtImage(image: ImageInspectInfo, reference: string): BuiltImage {
  const labels = image.Config.Labels ?? {}
  const ports = Object.keys(image.Config.ExposedPorts ?? {})
  return {
    reference,
    imageId: image.Id,
    serviceId: labels[label.service] ?? '',
    deploymentId: labels[label.deployment] ?? '',
    sizeBytes: image.Size,
    createdAt: Date.parse(image.Created),
    exposedPorts: ports.filter((port) => port.endsWith('/tcp')).map((port) => Number.parseInt(port, 10)),
  }
}
