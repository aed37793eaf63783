import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file so that a reader or a crash sees the old bytes or the new ones, never a mix:
 * staged beside it (or in `stageDirectory`, on the same file system), fsync, rename, fsync of the directory.
 * The mode is exactly what was asked for, whatever the umask.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  options: { mode?: number; stageDirectory?: string } = {},
): Promise<void> {
  const directory = dirname(path)
  const stage = `${options.stageDirectory ?? directory}/.stage-${process.pid}-${Math.random().toString(36).slice(2)}`
  const file = await open(stage, 'wx', options.mode ?? 0o600)
  try {
    await file.writeFile(content)
    await file.chmod(options.mode ?? 0o600)
    await file.sync()
  } catch (error) {
    await file.close()
    await rm(stage, { force: true })
    throw error
  }
  await file.close()
  try {
    await rename(stage, path)
  } catch (error) {
    await rm(stage, { force: true })
    throw error
  }
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
