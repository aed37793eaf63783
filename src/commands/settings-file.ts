import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'
import { parseEnv } from 'node:util'
import { readConfig } from '../kernel/config.ts'
import { notAllowed } from './command.ts'

const folder = '/etc/handcar'

/**
 * Reads the settings that the installer wrote for this data directory, so that commands typed by a person see the same
 * ports as the server. What is set in the environment wins.
 */
export function loadSettingsFile(): void {
  const { dataDirectory } = readConfig()
  try {
    const file = settingsFileOf(dataDirectory)
    if (file !== undefined) loadEnvFile(file)
  } catch (error) {
    throw notAllowed(error, `The settings in ${folder}`)
  }
}

/** The file that the installer wrote for this data directory. */
export function settingsFileOf(dataDirectory: string): string | undefined {
  return settingsFiles().find((path) => dataDirectoryOf(path) === dataDirectory)
}

function settingsFiles(): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.env'))
    .map((name) => join(folder, name))
}

function dataDirectoryOf(path: string): string {
  return readConfig({ HANDCAR_DATA: parseEnv(readFileSync(path, 'utf8')).HANDCAR_DATA }).dataDirectory
}
