import { newId } from '../../kernel/ids.ts'
import type { Tx } from '../ctx.ts'

/** The project's production environment; project and environment are made if they are not there yet. */
export async function ensureEnvironmentIn(
  tx: Tx,
  wanted: { teamId: string; project: string; at: number },
): Promise<{ id: string; projectId: string }> {
  const existing = await tx
    .selectFrom('project')
    .innerJoin('environment', 'environment.projectId', 'project.id')
    .select(['environment.id', 'project.id as projectId'])
    .where('project.teamId', '=', wanted.teamId)
    .where('project.slug', '=', wanted.project)
    .where('environment.slug', '=', 'production')
    .executeTakeFirst()
  if (existing) return existing
  const projectId = newId(wanted.at)
  const id = newId(wanted.at)
  await tx
    .insertInto('project')
    .values({ id: projectId, teamId: wanted.teamId, slug: wanted.project, createdAt: wanted.at })
    .execute()
  await tx
    .insertInto('environment')
    .values({ id, projectId, slug: 'production', subnet: null, createdAt: wanted.at })
    .execute()
  return { id, projectId }
}
