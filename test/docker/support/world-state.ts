import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Handcar } from '../../support/handcar.ts'
import { containersOf } from './docker.ts'
import { eventually } from './eventually.ts'

const open = `'queued', 'awaiting_approval', 'building', 'releasing', 'starting'`

/** Looks as fast as it can until a query of the database finds a row; for moments that are over soon. */
export async function untilRow(handcar: Handcar, sql: string, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs
  while (handcar.rows(sql).length === 0) {
    if (performance.now() > end) throw new Error(`no row ever: ${sql}`)
    await turn()
  }
}

/**
 * Within 60 s: every deployment is live or over with a reason, each service that is live has exactly its one replica,
 * and nothing else of this Handcar runs.
 */
export async function untilSettled(handcar: Handcar): Promise<void> {
  const openRows = () => handcar.rows(`SELECT number, state, step FROM deployment WHERE state IN (${open})`)
  await eventually('every deployment has ended or is live', async () => openRows().length === 0 || openRows())
  const unexplained = handcar.rows(
    `SELECT number, state FROM deployment WHERE state NOT IN ('live', 'removed') AND (code IS NULL OR why IS NULL)`,
  )
  expect(unexplained).toEqual([])
  await eventually('what runs is what is live', async () => agreement(handcar))
}

/** True when rows and daemon agree; else what they say. */
export async function agreement(handcar: Handcar): Promise<unknown> {
  const live = handcar.rows(`SELECT live_deployment_id AS id FROM instance WHERE live_deployment_id IS NOT NULL`)
  const rows = handcar.rows(`SELECT deployment_id AS deployment, id, state, routed FROM replica WHERE ended_at IS NULL`)
  const containers = await containersOf(handcar.installId)
  const running = containers.map(({ Config, State }) => ({
    deployment: Config.Labels['handcar.deployment'],
    replica: Config.Labels['handcar.replica'],
    isRunning: State.Running,
  }))
  const wanted = live.map(({ id }) => String(id)).sort()
  const isSame =
    same(wanted, rows.map(({ deployment }) => String(deployment)).sort()) &&
    same(wanted, running.map(({ deployment }) => String(deployment)).sort()) &&
    rows.every(({ id, state, routed }) => {
      const own = running.find(({ replica }) => replica === id)
      return own?.isRunning === true && state === 'healthy' && routed === 1
    })
  return isSame || { live, rows, running }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at])
}
