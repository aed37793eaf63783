import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getInstance } from '../../../src/core/service/read.ts'
import {
  formatMemory,
  parseMemory,
  parseSettings,
  type SettingsText,
  saveSettings,
  settingsText,
} from '../../../src/core/service/settings.ts'
import { world } from '../../support/world.ts'

const blank: SettingsText = {
  port: '',
  healthPath: '',
  healthTimeout: '',
  startCommand: '',
  rootDirectory: '',
  replicas: '',
  memory: '',
  cpu: '',
}

function read(text: Partial<SettingsText>) {
  const checked = parseSettings({ ...blank, ...text })
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

test('an empty field means the default', () => {
  expect(read({})).toEqual({
    port: undefined,
    healthPath: undefined,
    healthTimeoutS: undefined,
    startCommand: undefined,
    rootDirectory: undefined,
    replicas: 1,
    memoryBytes: undefined,
    cpuMillis: undefined,
  })
})

test.each([
  [{ port: ' 8080 ' }, { port: 8080 }],
  [{ healthPath: '/healthz?deep=1' }, { healthPath: '/healthz?deep=1' }],
  [{ healthTimeout: '120' }, { healthTimeoutS: 120 }],
  [{ startCommand: 'node server.js --flag "a b"' }, { startCommand: 'node server.js --flag "a b"' }],
  [{ rootDirectory: './apps//web/' }, { rootDirectory: 'apps/web' }],
  [{ rootDirectory: '/' }, { rootDirectory: undefined }],
  [{ rootDirectory: '.' }, { rootDirectory: undefined }],
  [{ replicas: '0' }, { replicas: 0 }],
  [{ replicas: '20' }, { replicas: 20 }],
  [{ memory: '512m' }, { memoryBytes: 512 * 2 ** 20 }],
  [{ memory: '256' }, { memoryBytes: 256 * 2 ** 20 }],
  [{ memory: '1g' }, { memoryBytes: 2 ** 30 }],
  [{ memory: '1.5 GiB' }, { memoryBytes: 1.5 * 2 ** 30 }],
  [{ cpu: '0.5' }, { cpuMillis: 500 }],
  [{ cpu: '.25' }, { cpuMillis: 250 }],
])('%j is read as %j', (text, settings) => {
  expect(read(text)).toMatchObject(settings)
})

test.each([
  [{ port: '0' }, ['port']],
  [{ port: '65536' }, ['port']],
  [{ port: '80a' }, ['port']],
  [{ port: '-1' }, ['port']],
  [{ port: '1e3' }, ['port']],
  [{ healthPath: 'healthz' }, ['health_path']],
  [{ healthPath: '/a b' }, ['health_path']],
  [{ healthPath: '/a\r\nX: y' }, ['health_path']],
  [{ healthTimeout: '3601' }, ['health_timeout']],
  [{ startCommand: 'a\nb' }, ['start_command']],
  [{ startCommand: 'x'.repeat(1001) }, ['start_command']],
  [{ rootDirectory: '../other' }, ['root_directory']],
  [{ rootDirectory: 'a/../../b' }, ['root_directory']],
  [{ rootDirectory: 'a\\b' }, ['root_directory']],
  [{ rootDirectory: '.git/hooks' }, ['root_directory']],
  [{ replicas: '21' }, ['replicas']],
  [{ replicas: '-1' }, ['replicas']],
  [{ replicas: '1.5' }, ['replicas']],
  [{ memory: '1' }, ['memory']],
  [{ memory: 'lots' }, ['memory']],
  [{ memory: '2048g' }, ['memory']],
  [{ cpu: '0' }, ['cpu']],
  [{ cpu: '65' }, ['cpu']],
  [{ cpu: '.' }, ['cpu']],
  [{ port: 'x', memory: 'y', cpu: 'z' }, ['port', 'memory', 'cpu']],
])('%j is refused at %j', (text, fields) => {
  const checked = parseSettings({ ...blank, ...text })
  expect(checked.ok ? [] : checked.problems.map(({ field }) => field)).toEqual(fields)
})

test('settings that were read are shown so that they read back the same', () => {
  fc.assert(
    fc.property(
      fc.record({
        port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        replicas: fc.integer({ min: 0, max: 20 }),
        megabytes: fc.option(fc.integer({ min: 16, max: 100_000 }), { nil: undefined }),
        cpuMillis: fc.option(fc.integer({ min: 50, max: 64_000 }), { nil: undefined }),
      }),
      ({ megabytes, ...rest }) => {
        const memoryBytes = megabytes === undefined ? undefined : megabytes * 2 ** 20
        const settings = { ...read({}), ...rest, memoryBytes }
        expect(parseSettings(settingsText(settings))).toEqual({ ok: true, value: settings })
      },
    ),
  )
})

test.each([
  [2 ** 30, '1g'],
  [512 * 2 ** 20, '512m'],
])('%i bytes are written %s', (bytes, text) => {
  expect(formatMemory(bytes)).toBe(text)
  expect(parseMemory(text)).toBe(bytes)
})

test('saved settings are there with a new version, and a stale form is a conflict', async () => {
  await using server = await world()
  const { ctx, ada, service } = server
  await saveSettings(ctx, ada, service, { ...service.settings, port: 8080 }, service.settingsVersion)
  const saved = await getInstance(ctx, service.instanceId)
  expect(saved).toMatchObject({ settings: { port: 8080 }, settingsVersion: service.settingsVersion + 1 })
  await expect(
    saveSettings(ctx, ada, service, { ...service.settings, port: 9090 }, service.settingsVersion),
  ).rejects.toMatchObject({ code: 'service.settings_changed', kind: 'conflict' })
  expect((await getInstance(ctx, service.instanceId)).settings.port).toBe(8080)
})
