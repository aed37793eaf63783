import { type Actor, notFound } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import { listServices } from '../service/read.ts'
import type { Project, ProjectSummary } from './project.ts'

/** The team's projects by name, each with its services: five statements. */
export async function listProjects(ctx: Ctx, actor: Actor): Promise<ProjectSummary[]> {
  const projects = await readProjects(ctx, actor)
  const services = await listServices(ctx, actor)
  return projects.map((project) => ({
    project,
    services: services.filter(({ service }) => service.projectId === project.id),
  }))
}

/** Throws `project.not_found` for an absent or foreign project and for an environment that it does not have. */
export async function getProject(
  ctx: Ctx,
  actor: Actor,
  path: { project: string; environment: string },
): Promise<Project> {
  const [project] = await readProjects(ctx, actor, path.project)
  if (!project?.environments.includes(path.environment)) throw notFound('project')
  return project
}

async function readProjects(ctx: Ctx, actor: Actor, slug?: string): Promise<Project[]> {
  let query = ctx.db
    .selectFrom('project')
    .innerJoin('environment', 'environment.projectId', 'project.id')
    .select(['project.id', 'project.slug', 'project.createdAt', 'environment.slug as environment'])
    .where('project.teamId', '=', actor.teamId)
    .orderBy('project.slug')
    .orderBy('environment.createdAt')
  if (slug !== undefined) query = query.where('project.slug', '=', slug)
  const projects = new Map<string, Project>()
  for (const { environment, ...row } of await query.execute()) {
    const project = projects.get(row.id) ?? { ...row, environments: [] }
    project.environments.push(environment)
    projects.set(row.id, project)
  }
  return [...projects.values()]
}
