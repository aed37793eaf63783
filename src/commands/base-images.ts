import { ensureCaddyBase, ensureNodeBase } from '../adapters/docker/base-images.ts'
import { standInPrefix } from '../adapters/docker/stand-in-base.ts'
import { readConfig } from '../kernel/config.ts'
import { exitCodes, print, readArguments } from './command.ts'

/** Node's major versions that generated Dockerfiles choose by themselves. */
const nodeMajors = [24, 22]

/**
 * For the installer, where no image registry answers: makes stand-ins for the base images of generated Dockerfiles, and
 * prints the prefix that `HANDCAR_BASE_PREFIX` takes. They never carry the name of an official image.
 */
export async function baseImages(args: string[]): Promise<number> {
  readArguments(args, { count: 0, usage: 'base-images' })
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const options = { socketPath: readConfig().dockerSocket, say }
  for (const major of nodeMajors) await ensureNodeBase(options, major)
  await ensureCaddyBase(options)
  print(standInPrefix)
  return exitCodes.done
}
