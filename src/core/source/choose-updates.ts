import { plainText } from './plain-text.ts'
import { noCommit, type PushRequest, type RefUpdate } from './proc-receive.ts'
import { isBranchName } from './repository.ts'

/** A ref that is not taken: a few words for git's own line, and lines that say why and what to do. */
export interface Refused {
  ref: string
  reason: string
  lines: string[]
}

export interface UpdateChoice {
  ref: string
  branch: string
  sha: string
}

/** Each ref that is refused is explained; of more than this nobody reads it. */
const refsMax = 1000
const knownOptions = ['detach', 'no-cache']
const branches = 'refs/heads/'
/** Tried in this order when several branches come in a very first push. */
const usualBranches = ['main', 'master']

export function readOptions(
  push: PushRequest,
): { ok: true; value: { isDetached: boolean; noCache: boolean } } | { ok: false; refused: Refused[] } {
  if (push.updates.length > refsMax) {
    const lines = [
      `This push has ${push.updates.length} refs, more than ${refsMax}.`,
      'Push the branch alone, without --all.',
    ]
    return { ok: false, refused: refuseAll(push, 'too many refs in one push', lines) }
  }
  const unknown = push.options.find((option) => !knownOptions.includes(option))
  if (unknown === undefined) {
    return {
      ok: true,
      value: { isDetached: push.options.includes('detach'), noCache: push.options.includes('no-cache') },
    }
  }
  const lines = [`There is no push option "${plainText(unknown, 40)}".`, 'Known are: -o detach, -o no-cache']
  return { ok: false, refused: refuseAll(push, 'unknown push option', lines) }
}

/** The lines are said once. */
function refuseAll({ updates }: PushRequest, reason: string, lines: string[]): Refused[] {
  return updates.map(({ ref }, index) => ({ ref, reason, lines: index === 0 ? lines : [] }))
}

/** The one branch that is deployed, and why every other ref is refused. */
export function chooseUpdates(
  updates: readonly RefUpdate[],
  followed: string | undefined,
): { chosen: UpdateChoice | undefined; refused: Refused[] } {
  const refused: Refused[] = []
  const candidates: UpdateChoice[] = []
  for (const update of updates) {
    const judged = judge(update)
    if ('reason' in judged) refused.push(judged)
    else candidates.push(judged)
  }
  const wanted = followed ?? firstBranch(candidates)
  const chosen = candidates.find(({ branch }) => branch === wanted)
  for (const candidate of candidates) {
    if (candidate !== chosen) refused.push(notFollowed(candidate, wanted ?? ''))
  }
  return { chosen, refused }
}

function firstBranch(candidates: readonly UpdateChoice[]): string | undefined {
  const names = candidates.map(({ branch }) => branch)
  return usualBranches.find((name) => names.includes(name)) ?? names[0]
}

function judge({ ref, after }: RefUpdate): UpdateChoice | Refused {
  const shown = plainText(Buffer.from(ref, 'latin1').toString('utf8'), 60)
  if (ref.startsWith('refs/tags/')) {
    const lines = [`Tags are not deployed, so ${shown} was not taken.`, 'Push the branch alone, without --tags.']
    return { ref, reason: 'tags are not deployed', lines }
  }
  if (!ref.startsWith(branches)) {
    const lines = [`${shown} is not a branch.`, 'Push a branch: git push handcar HEAD:main']
    return { ref, reason: 'not a branch', lines }
  }
  const branch = ref.slice(branches.length)
  if (!isBranchName(branch)) {
    const lines = [
      'The name of this branch has characters that Handcar does not take.',
      'Take letters, digits, dots, hyphens, underscores and slashes:',
      'git push handcar HEAD:main',
    ]
    return { ref, reason: 'branch name not allowed', lines }
  }
  if (after === noCommit) {
    const lines = [`Branches are not deleted by a push, so ${shown.slice(branches.length)} stays.`]
    return { ref, reason: 'branches are not deleted here', lines }
  }
  return { ref, branch, sha: after }
}

function notFollowed({ ref, branch }: UpdateChoice, followed: string): Refused {
  const lines = [
    `The branch ${branch} is not deployed: ${followed} is what deploys to`,
    `production. To deploy this commit: git push handcar HEAD:${followed}`,
  ]
  return { ref, reason: `only ${followed} is deployed`, lines }
}
