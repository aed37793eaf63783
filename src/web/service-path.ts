import type { Context } from 'hono'
import { notFound } from '../core/actor.ts'
import type { ServicePath } from '../core/service/read.ts'
import type { WebEnv } from './env.ts'

/** The service that an address under `/p/:p/:e/s/:s` names. */
export function servicePathOf(c: Context<WebEnv>): ServicePath {
  return {
    project: c.req.param('p') ?? '',
    environment: c.req.param('e') ?? '',
    service: c.req.param('s') ?? '',
  }
}

/** Number of a deployment; what is not one is as absent as one that never was. */
export function numberIn(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) throw notFound('deployment')
  return Number(text)
}

/** Which deployments the list of a service shows: `?all=1`, with `&before=` those of lower numbers. */
export function listedIn(c: Context<WebEnv>): { isAll: boolean; before: number | undefined } {
  const before = c.req.query('before')
  const isAll = c.req.query('all') === '1'
  return { isAll, before: isAll && before !== undefined ? numberIn(before) : undefined }
}

/** Seconds between reloads, for readers without scripts who asked for it. */
export function refreshOf(c: Context<WebEnv>): number | undefined {
  const seconds = Number(c.req.query('refresh'))
  return Number.isInteger(seconds) && seconds >= 2 && seconds <= 300 ? seconds : undefined
}
