import { HandcarError } from '../../kernel/errors.ts'

/** The service has nothing that could be started again. */
export function neverDeployed(): HandcarError {
  return new HandcarError({
    code: 'deployment.none_yet',
    kind: 'conflict',
    message: 'This service has not been deployed yet',
    hint: 'Push a commit first: git push handcar main',
  })
}

export function neverBuilt(): HandcarError {
  return new HandcarError({
    code: 'deployment.never_built',
    kind: 'conflict',
    message: 'None of the deployments of this service has an image that could be deployed again',
    hint: 'Rebuild, or push again',
  })
}

export function imageGone(number: number): HandcarError {
  return new HandcarError({
    code: 'deployment.image_gone',
    kind: 'conflict',
    message: `The image of deployment #${number} was cleaned up`,
    hint: 'Rebuild, or push its commit again',
  })
}

export function neverLive(number: number): HandcarError {
  return new HandcarError({
    code: 'deployment.never_live',
    kind: 'conflict',
    message: `Deployment #${number} never served, so there is nothing to roll back to`,
    hint: 'Choose a deployment that was live before',
  })
}
