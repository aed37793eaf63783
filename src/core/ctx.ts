import type { Bus } from '../kernel/bus.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Config } from '../kernel/config.ts'
import type { Kysely, Transaction } from '../kernel/db.ts'
import type { Log } from '../kernel/log.ts'
import type { Seal } from '../kernel/seal.ts'
import type { ContainerEngine } from '../ports/container-engine.ts'
import type { ImageBuilder } from '../ports/image-builder.ts'
import type { ReverseProxy } from '../ports/reverse-proxy.ts'
import type { Tables } from './tables.ts'

/** What every act is given. Built in `assemble.ts`; nothing else is global. */
export interface Ctx {
  db: Kysely<Tables>
  config: Config
  /** Identity of this installation, on every label. */
  installId: string
  clock: Clock
  bus: Bus
  log: Log
  seal: Seal
  engine: ContainerEngine
  builder: ImageBuilder
  proxy: ReverseProxy
}

/** An open transaction. Acts named `…In(tx, …)` write into their caller's. */
export type Tx = Transaction<Tables>

/** What reads need: the database or an open transaction. */
export type Reader = Kysely<Tables> | Tx

/** Topics of the bus: an instance's rows changed; a deployment's log grew. */
export const topics = {
  instance: (instanceId: string) => `instance:${instanceId}`,
  log: (deploymentId: string) => `log:${deploymentId}`,
  jobs: 'jobs',
  /** Any instance of the team changed: for the project list. */
  anything: 'anything',
}
