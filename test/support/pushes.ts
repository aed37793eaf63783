import type { Deployment, DeploymentState } from '../../src/core/deployment/deployment.ts'
import { getDeploymentById } from '../../src/core/deployment/read.ts'
import { requestDeployment } from '../../src/core/deployment/request-deployment.ts'
import { commitFiles, type Server } from './mover.ts'
import type { SettledWorld } from './world.ts'

/** A commit of its own for each version, asked to be deployed. */
export async function pushVersion(at: SettledWorld, version: string): Promise<Deployment> {
  const files = { Dockerfile: 'FROM scratch\nCOPY . .\n', 'index.js': 'serve()', version }
  const sha = await commitFiles(at.ctx, at.service.id, files)
  return requestDeployment(at.ctx, at.ada, {
    instanceId: at.service.instanceId,
    commit: { sha, subject: `Version ${version}`, author: 'Ada' },
    branch: 'main',
    noCache: false,
    movesBranch: true,
  })
}

/** Lets time pass until the deployment is in that state. */
export async function reach(
  at: SettledWorld,
  server: Server,
  deployment: Deployment,
  state: DeploymentState,
): Promise<Deployment> {
  const now = () => getDeploymentById(at.ctx, deployment.id)
  await server
    .until(async () => (await now()).state === state, `#${deployment.number} becomes ${state}`)
    .catch(async (error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(await now())}`)
    })
  return now()
}

/** The image of a deployment, as programs of the memory engine are told apart by. */
export function imageOf(at: SettledWorld, deployment: Deployment): string {
  return `handcar/${at.service.id}:${deployment.id}`
}
