import type { Ctx } from '../ctx.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { appendLog } from '../deployment/deployment-log.ts'
import { type Failure, failure } from '../deployment/failure.ts'
import { moveIn, updateIn } from '../deployment/store.ts'
import { getInstance } from '../service/read.ts'
import { defaults, type Service } from '../service/service.ts'
import { variablesOf } from '../variable/read.ts'
import type { ReleaseSettings } from './release.ts'
import { insertReleaseIn } from './store.ts'

/**
 * Freezes image, variables and settings as they are now and records the release on the deployment.
 * Entered again after a crash it finds the release there and does nothing.
 */
export async function createRelease(ctx: Ctx, deployment: Deployment): Promise<Failure | undefined> {
  if (deployment.releaseId !== undefined) return undefined
  const { imageId } = deployment
  if (imageId === undefined) return failure('server.interrupted')
  const service = await getInstance(ctx, deployment.instanceId)
  const image = await ctx.db.selectFrom('image').selectAll().where('id', '=', imageId).executeTakeFirstOrThrow()
  const variables = await variablesOf(ctx, deployment.instanceId)
  const settings = resolveSettings(service, variables, image.exposedPort ?? undefined)
  await ctx.db.transaction().execute(async (tx) => {
    const releaseId = await insertReleaseIn(tx, ctx, { instanceId: service.instanceId, imageId, settings, variables })
    await updateIn(tx, deployment.id, { releaseId })
    if (deployment.state === 'queued') {
      await moveIn(tx, deployment.id, { from: 'queued', to: 'releasing' }, ctx.clock.now())
    }
  })
  const count = Object.keys(variables).length
  await appendLog(ctx, deployment.id, `-----> Releasing with ${count} ${count === 1 ? 'variable' : 'variables'}`)
  return undefined
}

/** Every default resolved. The port: setting, the user's own PORT, the image's single exposed port, 3000. */
export function resolveSettings(
  service: Service,
  variables: Record<string, string>,
  exposedPort: number | undefined,
): ReleaseSettings {
  const { settings } = service
  return {
    port: settings.port ?? portOf(variables.PORT) ?? exposedPort ?? defaults.port,
    healthPath: settings.healthPath,
    healthTimeoutS: settings.healthTimeoutS ?? defaults.healthTimeoutS,
    startCommand: settings.startCommand,
    replicas: settings.replicas,
    memoryBytes: settings.memoryBytes ?? defaults.memoryBytes,
    cpuMillis: settings.cpuMillis ?? defaults.cpuMillis,
  }
}

function portOf(text: string | undefined): number | undefined {
  const port = Number(text)
  return text !== undefined && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
