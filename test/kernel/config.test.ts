import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/kernel/config.ts'

describe('settings', () => {
  test('have the defaults that are written down', () => {
    expect(readConfig({})).toMatchObject({
      dataDirectory: '/var/lib/handcar',
      port: 4400,
      httpPort: 80,
      httpsPort: 443,
      traefikApiPort: 4401,
      basePrefix: '',
      buildTimeoutMs: 1_800_000,
      stopGraceSeconds: 10,
    })
  })
  test.each([
    ['HANDCAR_PORT', '80a'],
    ['HANDCAR_HTTP_PORT', '70000'],
    ['HANDCAR_BUILD_TIMEOUT', '-1'],
    ['HANDCAR_STOP_GRACE', '1.5'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name)
  })
})
