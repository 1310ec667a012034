import { IdempotencyConflictError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { Job, PendingJob, WaitingJob } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { ValueStore } from "../ports/value-store.ts";
import { readyKeyFor } from "./flow/lanes.ts";
import { newJob, type EngineOptions, type EnqueueOptions, type NewJob } from "./new-job.ts";

export interface PutPorts {
  readonly store: JobStore;
  /** Where lanes of prioritised types and debounced jobs are kept. */
  readonly records: RecordStore;
  /** Where large payloads lie. */
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** How long the ticker trusts a permit that was sent along with a row; see `jobTimes`. */
  readonly permitGraceMs: number;
}

/** What became of a put: the row, or the one that has its id already. */
export type Put = { readonly job: PendingJob | WaitingJob } | { readonly existing: Job; readonly payloadHash: string };

/**
 * Puts a job's row, unless its idempotency key was used before.
 *
 * @throws as `Enqueue` does
 */
export async function putJob<Payload>(
  ports: PutPorts,
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & EngineOptions,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const put = await putUnlessThere(ports, newJob(ports, definition, payload, options));
  if ("job" in put) return { job: put.job, isNew: true };
  if (put.existing.payloadHash !== put.payloadHash) throw new IdempotencyConflictError(put.existing.id);
  return { job: put.existing, isNew: false };
}

/** Puts a new row, with its place among the ready ones and its large payload stored, unless its id is taken. */
export async function putUnlessThere(ports: PutPorts, { job: made, spilled }: NewJob): Promise<Put> {
  // Died after this: nothing names it, and the bucket forgets it in time.
  if (spilled !== undefined) await ports.values.put(spilled.key, spilled.json);
  const job = await inLine(ports, made);
  const created = await ports.store.create(job);
  // The token: my own row, whose put was answered, but the answer was lost and the client put it again.
  if (created.isCreated || created.existing.enqueueToken === job.enqueueToken) return { job };
  return { existing: created.existing, payloadHash: job.payloadHash };
}

/** A job of a prioritised type that is ready at once stands in line; one that is not gets its place when it is due. */
async function inLine(ports: PutPorts, job: PendingJob | WaitingJob): Promise<PendingJob | WaitingJob> {
  if (job.priority === undefined || job.status !== "pending" || job.runAt > job.createdAt) return job;
  return { ...job, readyKey: await readyKeyFor(ports, job, job.createdAt), readyList: job.type };
}
