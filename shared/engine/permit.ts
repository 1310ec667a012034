import { describeError } from "../errors/describe-error.ts";
import type { Job } from "../job/job.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { Log } from "../ports/log.ts";

/**
 * Sends leave to run a job whose row is already written and due. A send that fails is logged, not thrown: the job is
 * accepted all the same, and the ticker sends the permit. Throwing would make a caller enqueue its work twice.
 */
export async function sendPermit(
  { queue, log }: { readonly queue: JobQueue; readonly log: Log },
  { id, type, run, tenant }: Job,
  delayMs: number,
): Promise<void> {
  try {
    await queue.send({ permit: { v: 1, type, id, run }, tenant, delaySeconds: Math.ceil(delayMs / 1000) });
  } catch (error) {
    const errorCode = describeError(error).code;
    log.warn("Permit not sent; the ticker sends it.", { jobId: id, jobType: type, errorCode });
  }
}
