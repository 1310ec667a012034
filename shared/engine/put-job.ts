import { IdempotencyConflictError } from "../errors/job-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { PendingJob, WaitingJob } from "../job/job.ts";
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

/**
 * Puts a job's row, unless its idempotency key was used before.
 *
 * @throws as `createEnqueue`'s function does
 */
export async function putJob<Payload>(
  ports: PutPorts,
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & EngineOptions,
): Promise<{ readonly job: PendingJob | WaitingJob; readonly isNew: boolean }> {
  const made = newJob(ports, definition, payload, options);
  const { job } = await placed(ports, made);
  const created = await ports.store.create(job);
  // The token: my own row, whose put was answered, but the answer was lost and the client put it again.
  if (created.isCreated || created.existing.enqueueToken === job.enqueueToken) return { job, isNew: true };
  if (created.existing.payloadHash !== job.payloadHash) throw new IdempotencyConflictError(job.id);
  return { job, isNew: false };
}

/** A new row with its place among the ready ones, and its large payload stored. */
export async function placed(ports: PutPorts, { job, spilled }: NewJob): Promise<Pick<NewJob, "job">> {
  // Died after this: nothing names it, and the bucket forgets it in time.
  if (spilled !== undefined) await ports.values.put(spilled.key, spilled.json);
  if (job.priority === undefined) return { job };
  const readyKey = await readyKeyFor(ports, job, job.priority);
  const isReady = job.status === "pending" && job.runAt <= job.createdAt;
  return { job: { ...job, readyKey, ...(isReady && { readyList: job.type }) } };
}
