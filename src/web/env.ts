import type { Actor } from '../core/actor.ts'
import type { Ctx } from '../core/ctx.ts'

/** What middleware leaves for the pages. */
export interface WebEnv {
  Variables: {
    /** Set on every address behind the sign-in. */
    actor: Actor
    requestId: string
  }
}

/** What the web floor is made from. */
export interface WebParts {
  ctx: Ctx
  assets: Assets
}

/** Style sheet, scripts, fonts and icons as the build made them: immutable, with a hash in the name. */
export interface Assets {
  /** Address of an asset by its plain name, e.g. `app.css` → `/assets/app-3f2a.css`. */
  url(name: string): string
  /** Bytes by the last part of the address; undefined if there is no such file. */
  read(file: string): { bytes: Uint8Array<ArrayBuffer>; type: string } | undefined
}
