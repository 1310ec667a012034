import type { ToEnqueue } from "./enqueue.ts";
import type { JobContext } from "./job-context.ts";
import { IdempotencyConflictError } from "../errors/job-errors.ts";

/**
 * Enqueues a job whose key stands for one thing in the world, whatever its payload says by now.
 *
 * @returns its id, or that of the one with this key: an earlier attempt enqueued it, and what it was made of (the order, the
 *   seller's settings) was changed since. That one counts.
 */
export async function enqueueOnce(
  job: Pick<JobContext<unknown>, "enqueue">,
  { definition, payload, options }: ToEnqueue,
): Promise<string> {
  try {
    return (await job.enqueue(definition, payload, options)).id;
  } catch (error) {
    if (error instanceof IdempotencyConflictError) return error.jobId;
    throw error;
  }
}
