import { version as name } from '../bundle.ts'
import { exitCodes, print, readArguments } from './command.ts'

export async function version(args: string[]): Promise<number> {
  readArguments(args, { count: 0, usage: 'version' })
  print(`handcar ${name}`)
  return exitCodes.done
}
