/** What an address is made of; a `Service` is one. */
export interface ServiceAddress {
  project: string
  environment: string
  slug: string
}

const part = encodeURIComponent

/** Addresses of pages, so that no view spells one out. */
export const paths = {
  projects: '/projects',
  newService: (project?: string) => (project === undefined ? '/new' : `/new?project=${part(project)}`),
  tokens: '/account/tokens',
  logout: '/logout',
  project: (project: string, environment: string) => `/p/${part(project)}/${part(environment)}`,
  service: (at: ServiceAddress) => `/p/${part(at.project)}/${part(at.environment)}/s/${part(at.slug)}`,
  deployment: (at: ServiceAddress, number: number) => `${paths.service(at)}/d/${number}`,
  projectEvents: (project: string, environment: string) => `${paths.project(project, environment)}/events`,
}
