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

/** Topics of the bus. */
export const topics = {
  /** A row of this instance, its deployments or replicas changed. */
  instance: (instanceId: string) => `instance:${instanceId}`,
  /** The log of this deployment grew. */
  log: (deploymentId: string) => `log:${deploymentId}`,
  /** The same as `instance`, for any; the subject is its id. For lists. */
  anything: 'anything',
  /** What an instance should run changed; the subject is its id. The mover listens. */
  wanted: 'wanted',
  /** A job was added. The worker listens. */
  jobs: 'jobs',
}

/** Tells the pages that rows of an instance changed. Called after the commit. */
export function tellChanged(ctx: Ctx, instanceId: string): void {
  ctx.bus.publish(topics.instance(instanceId))
  ctx.bus.publish(topics.anything, instanceId)
}

/** Tells the mover that an instance should run something else, and the pages with it. Called after the commit. */
export function tellWanted(ctx: Ctx, instanceId: string): void {
  ctx.bus.publish(topics.wanted, instanceId)
  tellChanged(ctx, instanceId)
}
