import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { openCore } from '../assemble.ts'
import type { Ctx } from '../core/ctx.ts'
import { readConfig } from '../kernel/config.ts'
import { errorCode, HandcarError } from '../kernel/errors.ts'
import { notAllowed } from './command.ts'

/** Opens this server's database beside a running server, does the work, closes it. Only the server makes a new one. */
export async function withCore<Result>(work: (ctx: Ctx) => Promise<Result>): Promise<Result> {
  const config = readConfig()
  requireDatabase(config.dataDirectory)
  const { ctx, close } = await openCore(config)
  try {
    return await work(ctx)
  } finally {
    await close()
  }
}

function requireDatabase(dataDirectory: string): void {
  try {
    accessSync(join(dataDirectory, 'handcar.db'), constants.R_OK | constants.W_OK)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw noServerHere(dataDirectory)
    throw notAllowed(error, `What lies in ${dataDirectory}`)
  }
}

function noServerHere(dataDirectory: string): HandcarError {
  return new HandcarError({
    code: 'command.no_server',
    kind: 'not_found',
    message: `There is no Handcar in ${dataDirectory}`,
    hint: 'Start the server once, or set HANDCAR_DATA to its data directory',
  })
}
