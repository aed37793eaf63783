import { transaction } from '../../kernel/db.ts'
import type { Actor } from '../actor.ts'
import type { Ctx } from '../ctx.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { findOpenDeployment } from '../deployment/read.ts'
import { requestDeployment } from '../deployment/request-deployment.ts'
import { getInstance } from '../service/read.ts'
import type { Service } from '../service/service.ts'
import { followBranchIn } from '../service/store.ts'
import { chooseUpdates, type Refused, readOptions, type UpdateChoice } from './choose-updates.ts'
import type { PushRequest } from './proc-receive.ts'
import { type Commit, readCommit } from './read-commit.ts'
import { holdCommit, moveBranch, pinCommit } from './repository.ts'

/** What became of a push. Refused refs are explained; at most one branch is deployed. */
export interface PushDecision {
  accepted: AcceptedPush | undefined
  refused: Refused[]
}

export interface AcceptedPush {
  service: Service
  ref: string
  branch: string
  commit: Commit
  deployment: Deployment
  /** The same commit was on its way already. */
  isAttached: boolean
  isDetached: boolean
}

/**
 * Decides a push whose objects are in the repository: which branch is deployed, and why the rest is refused. The
 * commit is held by a ref of ours before any row names it, so it cannot be lost once the push is acknowledged.
 */
export async function receivePush(ctx: Ctx, actor: Actor, service: Service, push: PushRequest): Promise<PushDecision> {
  const options = readOptions(push)
  if (!options.ok) return { accepted: undefined, refused: options.refused }
  const { chosen, refused } = chooseUpdates(push.updates, service.branch)
  if (!chosen) return { accepted: undefined, refused }
  const outcome = await accept(ctx, actor, service, chosen, options.value)
  if ('reason' in outcome) return { accepted: undefined, refused: [outcome, ...refused] }
  return { accepted: outcome, refused }
}

async function accept(
  ctx: Ctx,
  actor: Actor,
  service: Service,
  { ref, branch, sha }: UpdateChoice,
  options: { isDetached: boolean; noCache: boolean },
): Promise<AcceptedPush | Refused> {
  // Held before any row names it; what turns out to be no commit is let go by the next tidying.
  const [commit] = await Promise.all([readCommit(ctx, service.id, sha), holdCommit(ctx, service.id, sha)])
  if (!commit) return { ref, reason: 'not a commit', lines: ['Only commits are deployed, and this is something else.'] }
  if (commit.isEmpty) {
    return {
      ref,
      reason: 'the commit holds no files',
      lines: ['Why:  the pushed commit holds no files.', 'Do:   add and commit your files, then push again.'],
    }
  }
  const followed = await followBranch(ctx, service, branch)
  if (followed !== branch) return notFollowed(ref, branch, followed)
  const before = await findOpenDeployment(ctx, service.instanceId)
  const deployment = await requestDeployment(ctx, actor, {
    instanceId: service.instanceId,
    commit,
    branch,
    noCache: options.noCache,
    movesBranch: !options.isDetached,
  })
  await pinCommit(ctx, service.id, deployment.id, sha)
  if (options.isDetached) await moveBranch(ctx, service.id, branch, sha)
  const isAttached = before?.id === deployment.id
  return { service, ref, branch, commit, deployment, isAttached, isDetached: options.isDetached }
}

/** The branch that the instance follows now: this one, if it is the first that is pushed. */
async function followBranch(ctx: Ctx, service: Service, branch: string): Promise<string | undefined> {
  if (service.branch !== undefined) return service.branch
  const isFirst = await transaction(ctx.db, (tx) => followBranchIn(tx, service.instanceId, branch))
  return isFirst ? branch : (await getInstance(ctx, service.instanceId)).branch
}

/** Another first push was faster. */
function notFollowed(ref: string, branch: string, followed: string | undefined): Refused {
  return { ref, reason: `${branch} is not deployed`, lines: [`Only ${followed ?? 'another branch'} is deployed.`] }
}
