import type { Service } from '../../src/core/service/service.ts'
import { CopyLine } from '../parts/copy.tsx'
import { paths } from '../paths.ts'

/** Address to push to and what to say there; the user name of the URL does not matter, the password is a token. */
export interface PushTo {
  remoteUrl: string
  /** Branch that production follows, or the usual one. */
  branch: string
}

/** Before the first push: the two lines to copy, and a row that waits for it. */
export function NeverDeployed({ service, pushTo }: { service: Service; pushTo: PushTo }) {
  return (
    <section class="card ways" aria-labelledby="first-push">
      <h2 id="first-push">Push your code to deploy {service.slug}</h2>
      <div class="lines">
        <CopyLine text={`git remote add handcar ${pushTo.remoteUrl}`} label="Copy the line that adds the remote" />
        <CopyLine text={`git push handcar ${pushTo.branch}`} label="Copy the line that pushes" />
      </div>
      <p class="sm dim">
        {'Git asks for a password: paste a token from '}
        <a href={paths.tokens}>API tokens</a>
        {'. Any user name will do. A Dockerfile in the repository is used; Node apps and static folders need none.'}
      </p>
      <p class="listening" role="status">
        <span class="dot live ping" />
        <span>
          <b>Listening for your first push</b>
          <span class="sm dim"> This page turns into the deployment when it arrives.</span>
        </span>
      </p>
    </section>
  )
}
