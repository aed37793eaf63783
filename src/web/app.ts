import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { bodyInTime } from './body-in-time.ts'
import type { WebEnv, WebParts } from './env.ts'
import { answerError, answerNotFound, answerTooLarge } from './errors.tsx'
import { gitRemote } from './git-remote.ts'
import { securityHeaders } from './headers.ts'
import { ownOrigin } from './origin.ts'
import { keepOffAppNames } from './panel-name.ts'
import { openRoutes, plainRoutes, signedInRoutes } from './routes.ts'
import { findActor, signedInOnly } from './session.ts'
import { hangUpOnUnreadBody } from './unread-body.ts'

const bodyBytesMax = 1024 * 1024
const bodyMs = 60_000

/** The way in: from outside to inside, each layer lets through what the next one may see. */
export function createApp(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  app.onError((error, c) => answerError(parts, error, c))
  app.notFound((c) => answerNotFound(parts, c))

  app.use(hangUpOnUnreadBody)
  app.route('/git', gitRemote(parts))
  app.use(securityHeaders)
  app.route('/', plainRoutes(parts))

  app.use(keepOffAppNames(parts))
  app.use(ownOrigin)
  app.use(bodyInTime(bodyMs))
  app.use(bodyLimit({ maxSize: bodyBytesMax, onError: (c) => answerTooLarge(parts, c) }))
  app.use(findActor(parts))
  app.route('/', openRoutes(parts))

  app.use(signedInOnly)
  app.route('/', signedInRoutes(parts))
  return app
}
