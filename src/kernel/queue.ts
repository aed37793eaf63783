import { type QueryExecutorProvider, sql } from 'kysely'
import { newId } from './ids.ts'

/**
 * Durable jobs in the table `job`. A lease belongs to one boot of the server: a job that a dead boot held is free
 * again at the next start. `kind` and `subject` together are unique, so the same work is never queued twice.
 */
export interface Job {
  id: string
  kind: string
  subjectId: string
  lane: string
  /** How often it was begun, this time included. */
  attempts: number
}

export interface NewJob {
  kind: string
  subjectId: string
  /** Jobs of one lane share a limit of how many run at once. */
  lane: string
  dueAt: number
}

type Executor = QueryExecutorProvider

/** Adds a job in the caller's transaction; the same work already waiting stays as it is. */
export async function addJobIn(tx: Executor, job: NewJob): Promise<void> {
  await sql`INSERT INTO job (id, kind, subject_id, lane, due_at, created_at)
    VALUES (${newId(job.dueAt)}, ${job.kind}, ${job.subjectId}, ${job.lane}, ${job.dueAt}, ${job.dueAt})
    ON CONFLICT (kind, subject_id) DO NOTHING`.execute(tx)
}

/** Nothing is put off this long: a job that seems to be was added before the clock was set back. */
const putOffMaxMs = 10 * 60_000

/** Takes the oldest due job of a lane. */
export async function leaseJob(db: Executor, lane: string, owner: string, now: number): Promise<Job | undefined> {
  const { rows } = await sql<Job>`UPDATE job SET lease_owner = ${owner}, attempts = attempts + 1
    WHERE id = (SELECT id FROM job WHERE lane = ${lane} AND lease_owner IS NULL
        AND (due_at <= ${now} OR due_at > ${now + putOffMaxMs})
      ORDER BY due_at, id LIMIT 1)
    RETURNING id, kind, subject_id, lane, attempts`.execute(db)
  return rows[0]
}

export async function finishJob(db: Executor, jobId: string): Promise<void> {
  await sql`DELETE FROM job WHERE id = ${jobId}`.execute(db)
}

/** Gives the job back, to run again at `dueAt`; in another lane it counts its attempts anew. */
export async function releaseJob(db: Executor, job: Job, dueAt: number, lane = job.lane): Promise<void> {
  const attempts = lane === job.lane ? job.attempts : 0
  await sql`UPDATE job SET lease_owner = NULL, due_at = ${dueAt}, lane = ${lane}, attempts = ${attempts}
    WHERE id = ${job.id}`.execute(db)
}

/** At start: whoever held a lease before is dead, since one server at a time holds the data directory. */
export async function freeLeases(db: Executor): Promise<void> {
  await sql`UPDATE job SET lease_owner = NULL WHERE lease_owner IS NOT NULL`.execute(db)
}

/** When the next job of a lane is due; undefined when none waits. */
export async function nextDue(db: Executor, lane: string): Promise<number | undefined> {
  const { rows } = await sql<{ dueAt: number | null }>`SELECT min(due_at) AS due_at FROM job
    WHERE lane = ${lane} AND lease_owner IS NULL`.execute(db)
  return rows[0]?.dueAt ?? undefined
}
