import { HandcarError } from '../../kernel/errors.ts'

export function slugNotAllowed(what: 'Project' | 'Service', field: string): HandcarError {
  return new HandcarError({
    code: 'service.slug_not_allowed',
    kind: 'invalid',
    field,
    message: `${what} name must use lowercase letters, numbers and hyphens, at most 40, with no hyphen at either end`,
    hint: `Choose a ${what.toLowerCase()} name like my-app`,
  })
}

export function serviceExists(project: string, service: string): HandcarError {
  return new HandcarError({
    code: 'service.exists',
    kind: 'conflict',
    field: 'service',
    message: `The project ${project} already has a service called ${service}`,
    hint: 'Choose another service name, or open the one that is there',
  })
}

export function settingsChanged(): HandcarError {
  return new HandcarError({
    code: 'service.settings_changed',
    kind: 'conflict',
    message: 'Somebody else saved these settings after you opened the page',
    hint: 'Compare your values with the saved ones, then save again to keep yours',
  })
}
