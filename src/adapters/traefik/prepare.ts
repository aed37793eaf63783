import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, chown, lchown, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeAtomically } from '../../kernel/atomic-file.ts'
import { errorCode, ifAbsent } from '../../kernel/errors.ts'
import { reservedHost } from '../../ports/reverse-proxy.ts'
import { selfSignedCertificate } from './certificate.ts'
import { dynamicConfig } from './config.ts'
import { filesIn, readText, type TraefikFiles, writeReadable } from './files.ts'
import { type ProxyPorts, staticConfig } from './static-config.ts'

export interface PrepareOptions extends ProxyPorts {
  /** `<data>/traefik`; made here with all that is in it. */
  directory: string
  /** Where the panel listens; the first table leads every host to it. */
  panelPort: number
  /** User and group that Traefik runs as; ours when left out. Only root can give files to another user. */
  owner?: { uid: number; gid: number }
}

export interface PreparedTraefik {
  /** What Traefik is started with: `--configFile=<this>`. It reads it only at its start. */
  configFile: string
}

/**
 * Everything that has to be on disk before Traefik starts: without a readable first table it would run on without
 * routes for ever. Safe to repeat: a table, a certificate or a key that is good is left as it is.
 */
export async function prepareTraefik(options: PrepareOptions): Promise<PreparedTraefik> {
  const directory = resolve(options.directory)
  const files = filesIn(directory)
  for (const folder of [directory, files.dynamic, files.stage, files.logs]) await mkdir(folder, { recursive: true })
  for (const folder of [directory, files.dynamic]) await chmod(folder, 0o755)
  await chmod(files.stage, 0o700)
  await chmod(files.logs, 0o750)
  if (options.owner) await giveLogs(files.logs, options.owner)
  await clearStage(files.stage)
  if (!(await hasGoodCertificate(files))) await writeCertificate(files)
  await chmod(files.certificate, 0o644)
  await chmod(files.key, 0o640)
  if (options.owner) await chown(files.key, -1, options.owner.gid)
  const text = staticConfig(directory, options)
  if ((await readText(files.config)) !== text) await writeReadable(files.config, text, files.stage)
  if ((await readText(files.table)) === undefined) await writeFirstTable(files, directory, options.panelPort)
  else await chmod(files.table, 0o644)
  return { configFile: files.config }
}

async function writeFirstTable(files: TraefikFiles, directory: string, panelPort: number): Promise<void> {
  const panel = { port: panelPort, host: undefined, catchAll: true }
  const { text } = dynamicConfig({ generation: 0, panel, services: [] }, directory)
  await writeReadable(files.table, text, files.stage)
}

async function writeCertificate(files: TraefikFiles): Promise<void> {
  const yesterday = new Date(Date.now() - 86_400_000)
  const { certificate, key } = selfSignedCertificate(reservedHost, yesterday, 36_500)
  await writeAtomically(files.key, key, { mode: 0o640, stageDirectory: files.stage })
  await writeAtomically(files.certificate, certificate, { mode: 0o644, stageDirectory: files.stage })
}

/** Without a pair that fits, Traefik would make an RSA key of its own at every reload. */
async function hasGoodCertificate(files: TraefikFiles): Promise<boolean> {
  const [certificate, key] = await Promise.all([readText(files.certificate), readText(files.key)])
  if (certificate === undefined || key === undefined) return false
  try {
    const parsed = new X509Certificate(certificate)
    return parsed.checkHost(reservedHost) !== undefined && parsed.checkPrivateKey(createPrivateKey(key))
  } catch (error) {
    if (isUnreadablePem(error)) return false
    throw error
  }
}

function isUnreadablePem(error: unknown): boolean {
  return errorCode(error)?.startsWith('ERR_') === true
}

/** The files in it too, for Traefik may have run as another user before. Never through a link that stands there. */
async function giveLogs(logs: string, owner: { uid: number; gid: number }): Promise<void> {
  await chown(logs, owner.uid, owner.gid)
  for (const name of await readdir(logs)) await lchown(join(logs, name), owner.uid, owner.gid)
}

/** What a crash left while it wrote. What is young may be a server's that is writing right now. */
async function clearStage(stage: string): Promise<void> {
  const oldest = Date.now() - 60_000
  for (const name of await readdir(stage)) {
    const path = join(stage, name)
    if (name.startsWith('.stage-') && ((await modifiedAt(path)) ?? oldest) < oldest) await rm(path, { force: true })
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ifAbsent))?.mtimeMs
}
