import { transaction } from '../../kernel/db.ts'
import type { Actor } from '../actor.ts'
import { type Ctx, tellChanged } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Checked, Problem } from '../problem.ts'
import { settingsChanged } from './errors.ts'
import type { Service, Settings } from './service.ts'
import { updateSettingsIn } from './store.ts'

/** As the form has them: text, empty for the default. A field left out counts as empty. */
export interface SettingsText {
  port: string
  healthPath: string
  healthTimeout: string
  startCommand: string
  rootDirectory: string
  replicas: string
  memory: string
  cpu: string
}

const mebibyte = 1024 * 1024
const leastMemory = 16 * mebibyte
const mostMemory = 1024 * 1024 * mebibyte

/** Checks every field; the problems come all at once and say what each field takes. */
export function parseSettings(text: SettingsText): Checked<Settings> {
  const problems: Problem[] = []
  const read = <Value>(field: string, typed: string, parse: (typed: string) => Value | undefined, message: string) => {
    const trimmed = typed.trim()
    if (trimmed === '') return undefined
    const value = parse(trimmed)
    if (value === undefined) problems.push({ field, message })
    return value
  }
  const value: Settings = {
    port: read('port', text.port, wholeFrom(1, 65_535), 'Port must be a whole number from 1 to 65535'),
    healthPath: read('health_path', text.healthPath, healthPath, 'Health path must begin with / and have no spaces'),
    healthTimeoutS: read(
      'health_timeout',
      text.healthTimeout,
      wholeFrom(1, 3600),
      'Health timeout must be a whole number of seconds from 1 to 3600',
    ),
    startCommand: read(
      'start_command',
      text.startCommand,
      oneLine,
      'Start command must be one line of at most 1,000 characters',
    ),
    rootDirectory: read(
      'root_directory',
      text.rootDirectory,
      rootDirectory,
      'Root directory must be a folder of the repository, such as apps/web, without .. in it',
    ),
    replicas: read('replicas', text.replicas, wholeFrom(0, 20), 'Replicas must be a whole number from 0 to 20') ?? 1,
    memoryBytes: read('memory', text.memory, parseMemory, 'Memory must be like 512m or 1g, from 16m to 1024g'),
    cpuMillis: read('cpu', text.cpu, cores, 'CPU must be a number of cores from 0.05 to 64, such as 0.5'),
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { ...value, ...blankRoot(value) } }
}

/** The saved settings as the form shows them. */
export function settingsText(settings: Settings): SettingsText {
  return {
    port: settings.port?.toString() ?? '',
    healthPath: settings.healthPath ?? '',
    healthTimeout: settings.healthTimeoutS?.toString() ?? '',
    startCommand: settings.startCommand ?? '',
    rootDirectory: settings.rootDirectory ?? '',
    replicas: settings.replicas.toString(),
    memory: settings.memoryBytes === undefined ? '' : formatMemory(settings.memoryBytes),
    cpu: settings.cpuMillis === undefined ? '' : (settings.cpuMillis / 1000).toString(),
  }
}

/** `512m`, `1g`, or a bare number of MB; undefined for anything else. Units are powers of two. */
export function parseMemory(typed: string): number | undefined {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)\s*(k|m|g|t)?i?b?$/i.exec(typed)
  if (!found) return undefined
  const unit = { k: 1 / 1024, m: 1, g: 1024, t: 1024 * 1024 }[found[2]?.toLowerCase() ?? 'm']
  const bytes = Math.round(Number(found[1]) * (unit ?? 1) * mebibyte)
  return bytes >= leastMemory && bytes <= mostMemory ? bytes : undefined
}

/** The shortest text that {@link parseMemory} reads back. */
export function formatMemory(bytes: number): string {
  const megabytes = bytes / mebibyte
  if (megabytes % 1024 === 0) return `${megabytes / 1024}g`
  return `${Number.isInteger(megabytes) ? megabytes : megabytes.toFixed(3)}m`
}

/**
 * Saves what takes effect with the next deployment. `seenVersion` is the version that the person's form showed;
 * throws `service.settings_changed` when somebody saved in between. Left out, the newest is overwritten.
 */
export async function saveSettings(
  ctx: Ctx,
  actor: Actor,
  service: Service,
  settings: Settings,
  seenVersion = service.settingsVersion,
): Promise<void> {
  const isSaved = await transaction(ctx.db, async (tx) => {
    if (!(await updateSettingsIn(tx, service.instanceId, seenVersion, settings))) return false
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'service.settings_changed',
      subjectId: service.id,
      actor: actor.name,
      detail: { version: seenVersion + 1 },
      at: ctx.clock.now(),
    })
    return true
  })
  if (!isSaved) throw settingsChanged()
  tellChanged(ctx, service.instanceId)
}

function wholeFrom(least: number, most: number): (typed: string) => number | undefined {
  return (typed) => {
    const value = /^\d{1,9}$/.test(typed) ? Number(typed) : Number.NaN
    return value >= least && value <= most ? value : undefined
  }
}

function healthPath(typed: string): string | undefined {
  return /^\/[\x21-\x7e]{0,199}$/.test(typed) ? typed : undefined
}

function oneLine(typed: string): string | undefined {
  return typed.length <= 1000 && !/[\0-\x08\n\r\x0b-\x1f]/.test(typed) ? typed : undefined
}

/** `.` and `/` alone mean the repository itself. */
function rootDirectory(typed: string): string | undefined {
  if (typed.length > 200 || /[\0-\x1f\\]/.test(typed)) return undefined
  const parts = typed.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') || parts.includes('.git') ? undefined : parts.join('/')
}

/** An empty root directory is the default one. */
function blankRoot(settings: Settings): Partial<Settings> {
  return settings.rootDirectory === '' ? { rootDirectory: undefined } : {}
}

function cores(typed: string): number | undefined {
  if (!/^\d{0,2}(?:\.\d{1,3})?$/.test(typed)) return undefined
  const millis = Math.round(Number(typed) * 1000)
  return millis >= 50 && millis <= 64_000 ? millis : undefined
}
