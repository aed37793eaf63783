import type { Ctx } from '../core/ctx.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { withCore } from './open.ts'

/**
 * For `install.sh --uninstall --purge`, with the server stopped: removes every replica, image and network that carries
 * the label of this installation. Named volumes are never touched.
 */
export async function removeEverything(args: string[]): Promise<number> {
  readArguments(args, { count: 0, usage: 'remove-everything' })
  print(await withCore(remove))
  return exitCodes.done
}

async function remove({ engine, builder }: Ctx): Promise<string> {
  const replicas = await engine.list()
  for (const { replicaId } of replicas) await engine.remove(replicaId)
  const networks = await engine.listNetworks()
  for (const { environmentId } of networks) await engine.removeNetwork(environmentId)
  const images = await builder.list()
  for (const { reference } of images) await builder.remove(reference)
  return `removed ${replicas.length} replicas, ${networks.length} networks, ${images.length} images`
}
