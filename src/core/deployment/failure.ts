/** An expected failure: stored and shown, never thrown. */
export interface Failure {
  failed: true
  code: FailureCode
  /** What was observed, for this very deployment. Falls back to the code's own sentence. */
  why?: string
  /** What to do, one step a line. Falls back to the code's own steps. */
  hint?: string
}

export interface FailureText {
  /** Title on the failed page. */
  title: string
  why: string
  hint: string
}

/** Every code with its sentence and what to do. The page, the push output and the log all read it from here. */
export const failures = {
  'app.wrong_port': {
    title: 'The app listens on another port',
    why: 'The app started, but listens on another port than the one Handcar asks.',
    hint: 'Listen on the port in the PORT variable.\nOr set the port in Settings, then redeploy.',
  },
  'app.loopback_only': {
    title: 'The app listens on localhost only',
    why: 'The app listens on 127.0.0.1, where only it can reach itself.',
    hint: 'Listen on 0.0.0.0 (all addresses) in place of localhost, commit and push again.',
  },
  'app.no_listener': {
    title: 'Nothing listens',
    why: 'The app is running, but no program in it listens on any port.',
    hint: 'Start a web server on the port in the PORT variable.\nRead the runtime log for what it is doing instead.',
  },
  'app.exited': {
    title: 'The app stopped by itself',
    why: 'The app ended before it was ready.',
    hint: 'Read what the app printed last, in its runtime log.\nRun the same start command on your machine.',
  },
  'app.out_of_memory': {
    title: 'The app ran out of memory',
    why: 'The app used more memory than its limit and was ended by the system.',
    hint: 'Raise the memory limit in Settings, then redeploy.\nOr make the app use less memory when it starts.',
  },
  'app.exec_format': {
    title: 'The program is built for another processor',
    why: 'The program in the image cannot run on this server: it is not built for its processor.',
    hint: 'Build for the processor of this server, or let Handcar build it from source here.',
  },
  'app.crash_loop': {
    title: 'The app keeps crashing',
    why: 'The app ended five times within ten minutes, so Handcar stopped starting it.',
    hint: 'Read the runtime log for the cause, fix it and push.\nOr roll back to an earlier deployment.',
  },
  'health.bad_status': {
    title: 'The health check failed',
    why: 'The app answered its health check with a status outside 200 to 299.',
    hint: 'Open the health path on your machine and see what it answers.\nOr change the health path in Settings.',
  },
  'build.failed': {
    title: 'The build failed',
    why: 'A step of the build stopped with an error.',
    hint: 'Read the last lines of the build log, fix the cause and push again.',
  },
  'build.no_builder': {
    title: 'Handcar does not know how to build this',
    why: 'No Dockerfile and no language that Handcar builds was found.',
    hint: 'Add a Dockerfile, or set the root directory in Settings, and push again.',
  },
  'build.dockerfile_not_found': {
    title: 'The Dockerfile is not there',
    why: 'The builder found no Dockerfile among the files of the commit.',
    hint: 'If the Dockerfile is a link, check where it leads.\nElse commit one, or change the root directory.',
  },
  'build.timeout': {
    title: 'The build took too long',
    why: 'The build was still running at its time limit and was stopped.',
    hint: 'Read the build log for the step that hangs.\nRaise HANDCAR_BUILD_TIMEOUT if it just needs longer.',
  },
  'build.out_of_memory': {
    title: 'The build ran out of memory',
    why: 'A step of the build used more memory than builds may use here.',
    hint: 'Make the build use less memory, or build on a larger server.',
  },
  'build.registry': {
    title: 'The base image could not be fetched',
    why: 'The registry of a base image refused or did not answer.',
    hint: 'Check the FROM line of the Dockerfile and the network of this server, then push again.',
  },
  'release.command_failed': {
    title: 'The release command failed',
    why: 'The command that runs before a release ended with an error.',
    hint: 'Read its output in the log, fix the cause and push again.',
  },
  'source.empty': {
    title: 'There are no files to build',
    why: 'The pushed commit, or the root directory in it, holds no files.',
    hint: 'Commit your files, check the root directory in Settings, and push again.',
  },
  'source.too_large': {
    title: 'The repository is too large',
    why: 'The pushed files are larger than Handcar takes.',
    hint: 'Remove large files from the commit, or list them in .dockerignore.',
  },
  'server.disk_full': {
    title: 'The disk of the server is nearly full',
    why: 'There is too little free disk to build safely.',
    hint: 'Free some space on the server, then push again. Running apps go on meanwhile.',
  },
  'server.interrupted': {
    title: 'The server stopped in the middle',
    why: 'Handcar was stopped while it worked on this, twice.',
    hint: 'Push again or press Redeploy.',
  },
  'deploy.timeout': {
    title: 'It was not ready in time',
    why: 'The app was not ready within its time limit.',
    hint: 'Read the runtime log for what it waits for.\nRaise the health timeout in Settings if it just needs longer.',
  },
  'deploy.canceled': {
    title: 'Canceled',
    why: 'Somebody canceled this deployment.',
    hint: 'Push again or press Redeploy when you want it.',
  },
  'deploy.superseded': {
    title: 'A newer deployment took over',
    why: 'A newer deployment of this service was asked for meanwhile.',
    hint: 'Nothing to do: the newer one goes on.',
  },
} as const satisfies Record<string, FailureText>

export type FailureCode = keyof typeof failures

export function failure(code: FailureCode, why?: string, hint?: string): Failure {
  return { failed: true, code, ...(why === undefined ? {} : { why }), ...(hint === undefined ? {} : { hint }) }
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'failed' in value && value.failed === true
}

/** How a deployment ended other than live. */
export type Ending = Omit<Failure, 'failed'>

/** Of a deployment that was asked to end: by a person, or by the newer deployment of this number. */
export function endingOf(supersededBy: number | undefined): Ending {
  if (supersededBy === undefined) return { code: 'deploy.canceled' }
  return { code: 'deploy.superseded', why: `Deployment #${supersededBy} of this service was asked for meanwhile.` }
}
