import type { Ctx } from '../ctx.ts'
import type { Deployment } from './deployment.ts'
import { appendLog } from './deployment-log.ts'
import { type Ending, failures } from './failure.ts'

/** The last lines of the log of a deployment that did not go live; one that was asked to end has no error. */
export async function endInLog(ctx: Ctx, deployment: Deployment, ending: Ending): Promise<void> {
  const text = failures[ending.code]
  const why = ending.why ?? text.why
  const isAsked = ending.code === 'deploy.canceled' || ending.code === 'deploy.superseded'
  const lines = [text.title, ...why.split('\n')].map((line) => `${isAsked ? '=====> ' : ' !     '}${line}`)
  await appendLog(ctx, deployment.id, lines.join('\n'))
}
