import { beforeEach } from 'vitest'
import type { Handcar } from '../../support/handcar.ts'

/** A test that fails shows what the server said last. */
export function tellLog(handcar: () => Handcar): void {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      process.stderr.write(`${await handcar().serverLog()}\n`)
    })
  })
}
