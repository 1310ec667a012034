import pMap from "p-map";

import type { JobDefinition } from "../job/define-job.ts";
import type { PendingJob } from "../job/job.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { Log } from "../ports/log.ts";
import { enqueueDebounced } from "./flow/debounce.ts";
import { assertDependencies, registerWith } from "./flow/dependencies.ts";
import { newJob, type EnqueueOptions } from "./new-job.ts";
import { sendFirstPermit, sendFirstPermits } from "./permit.ts";
import { putJob, type PutPorts } from "./put-job.ts";

export interface EnqueuePorts extends PutPorts {
  readonly queue: JobQueue;
  readonly log: Log;
}

/** What an enqueue came to. */
export interface Enqueued {
  /** The job's id: `<type>-<idempotency key>`, or with a random one. */
  readonly id: string;
  /** False when the idempotency key was used before, or a debounced job took the payload. */
  readonly isNew: boolean;
}

/**
 * Enqueues a job: its row is written, then the permit is sent. When it returns, the job will run. When it throws
 * anything but the errors below, the row may or may not be there: enqueue again with the same idempotency key.
 *
 * @throws InvalidPayloadError, PayloadTooLargeError, InvalidTenantError, InvalidRunAtError, InvalidOptionError,
 *   IdempotencyConflictError: nothing is enqueued.
 */
export type Enqueue = <Payload>(
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  options?: EnqueueOptions,
) => Promise<Enqueued>;

/** One job of several; `toEnqueue` makes one whose payload is checked against its type. */
export interface ToEnqueue {
  readonly definition: JobDefinition;
  readonly payload: unknown;
  readonly options?: EnqueueOptions;
}

/** One job for `enqueueMany`. */
export const toEnqueue = <Payload>(
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  options: EnqueueOptions = {},
): ToEnqueue => ({ definition, payload, options });

/** Rows are put so many at a time. */
export const PUTS_AT_ONCE = 20;

/** Makes the function that accepts work: one conditional put of the row (the truth), then one message (leave to run it). */
export function createEnqueue(ports: EnqueuePorts): Enqueue {
  return async (definition, payload, options = {}) => {
    const { debounce } = options;
    if (debounce !== undefined) return enqueueDebounced(ports, definition, payload, { ...options, debounce });
    const dependencies = await assertDependencies(ports, definition, options.after);
    const { job, isNew } = await putJob(ports, definition, payload, options);
    // Died here: the row is due after the grace, and the ticker sends the permit, or has somebody look.
    if (isNew && job.status === "waiting") await registerWith(ports, job, dependencies);
    if (isNew && job.status === "pending") await sendFirstPermit(ports, job);
    return { id: job.id, isNew };
  };
}

/**
 * Enqueues several jobs, twenty at a time. All are checked before the first one is put.
 *
 * @returns one answer for each, in order.
 * @throws as `Enqueue` does, with nothing enqueued for a wrong payload or option; AggregateError with the
 *   errors of those that could not be put, when all others are.
 */
export async function enqueueMany(ports: EnqueuePorts, jobs: readonly ToEnqueue[]): Promise<Enqueued[]> {
  for (const { definition, payload, options = {} } of jobs) newJob(ports, definition, payload, options);
  await pMap(jobs, ({ definition, options }) => assertDependencies(ports, definition, options?.after), {
    concurrency: PUTS_AT_ONCE,
  });
  const enqueue = createEnqueue(ports);
  const isPlain = ({ options: { after, debounce } = {} }: ToEnqueue) => after === undefined && debounce === undefined;
  const fresh: PendingJob[] = [];
  const put = async ({ definition, payload, options = {} }: ToEnqueue): Promise<Enqueued> => {
    const { job, isNew } = await putJob(ports, definition, payload, options);
    if (isNew && job.status === "pending") fresh.push(job);
    return { id: job.id, isNew };
  };
  try {
    return await pMap(
      jobs,
      (each) => (isPlain(each) ? put(each) : enqueue(each.definition, each.payload, each.options)),
      { concurrency: PUTS_AT_ONCE, stopOnError: false },
    );
  } finally {
    // Died before: the rows are due after the grace.
    await sendFirstPermits(ports, fresh);
  }
}
