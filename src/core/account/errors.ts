import { HandcarError } from '../../kernel/errors.ts'

/** Whoever lost may lose for good a moment later: then no new token is printed. */
const afterAnother =
  'While there is no owner, handcar setup-token on the server prints a new one. Once there is: sign in as the owner'

export function alreadyClaimed(): HandcarError {
  return new HandcarError({
    code: 'account.already_claimed',
    kind: 'conflict',
    message: 'This server already has an owner',
    hint: 'Sign in as the owner. If the password is lost, run handcar reset-password EMAIL on the server',
  })
}

export function setupTokenUsed(): HandcarError {
  return new HandcarError({
    code: 'account.setup_token_used',
    kind: 'conflict',
    field: 'token',
    message: 'This setup token has been used already: somebody is becoming the owner with it, or has become it',
    hint: afterAnother,
  })
}

export function setupTokenUnknown(): HandcarError {
  return new HandcarError({
    code: 'account.setup_token_unknown',
    kind: 'invalid',
    field: 'token',
    message: 'This is not the current setup token of this server, or its 60 minutes are over',
    hint: 'Run handcar setup-token on the server to print a new one',
  })
}

export function claimEnded(): HandcarError {
  return new HandcarError({
    code: 'account.claim_ended',
    kind: 'conflict',
    message: 'The setup token was confirmed more than 60 minutes ago, or by somebody else',
    hint: afterAnother,
  })
}

/** One answer for an unknown account and a wrong password. */
export function signInRefused(): HandcarError {
  return new HandcarError({
    code: 'account.sign_in_refused',
    kind: 'invalid',
    field: 'email',
    message: 'Email or password is not right',
    hint: 'Check both. If the password is lost, run handcar reset-password EMAIL on the server',
  })
}

export function tooManyHashes(): HandcarError {
  return new HandcarError({
    code: 'account.busy',
    kind: 'limit',
    message: 'Too many people are signing in at this moment',
    hint: 'Wait a few seconds and try again',
    retryAfterSeconds: 5,
  })
}

export function noSuchPerson(email: string): HandcarError {
  return new HandcarError({
    code: 'account.no_such_person',
    kind: 'not_found',
    message: `There is no account with the email ${email}`,
    hint: 'Check the spelling; before the server is claimed, run handcar setup-token instead',
  })
}
