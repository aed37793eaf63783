import type { ServiceSummary } from '../service/service.ts'

export interface Project {
  id: string
  slug: string
  environments: string[]
  createdAt: number
}

/** What the list of projects shows. */
export interface ProjectSummary {
  project: Project
  services: ServiceSummary[]
}
