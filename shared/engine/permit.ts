import { describeError } from "../errors/describe-error.ts";
import type { EpochMs, Job } from "../job/job.ts";
import { LONGEST_DELAY_SECONDS, type JobQueue, type OutgoingPermit } from "../ports/job-queue.ts";
import type { Log } from "../ports/log.ts";
import { isSoon } from "./new-job.ts";

/** What a permit is made of. */
export type Permitted = Pick<Job, "id" | "type" | "run" | "tenant">;

interface PermitPorts {
  readonly queue: JobQueue;
  readonly log: Log;
}

/**
 * Sends leave to run a job whose row is already written and due. A send that fails is logged, not thrown: the job is
 * accepted all the same, and the ticker sends the permit. Throwing would make a caller enqueue its work twice.
 */
export async function sendPermit({ queue, log }: PermitPorts, job: Permitted, delayMs: number): Promise<void> {
  try {
    await queue.send(outgoing(job, delayMs));
  } catch (error) {
    noteUnsent(log, job, error);
  }
}

/** A job that has just been put. */
type Fresh = Permitted & { readonly runAt: EpochMs; readonly createdAt: EpochMs };

/** The permit that goes with a new row; of one that begins further off than SQS can delay, the ticker's. */
export async function sendFirstPermit(ports: PermitPorts, job: Fresh): Promise<void> {
  if (isSoon(job.runAt, job.createdAt)) await sendPermit(ports, job, job.runAt - job.createdAt);
}

/** The same for many at once. */
export async function sendFirstPermits({ queue, log }: PermitPorts, jobs: readonly Fresh[]): Promise<void> {
  const soon = jobs.filter(({ runAt, createdAt }) => isSoon(runAt, createdAt));
  for (const type of new Set(soon.map((job) => job.type))) {
    const ofType = soon.filter((job) => job.type === type);
    try {
      await queue.sendAll(
        type,
        ofType.map((job) => outgoing(job, job.runAt - job.createdAt)),
      );
    } catch (error) {
      for (const job of ofType) noteUnsent(log, job, error);
    }
  }
}

const outgoing = ({ id, type, run, tenant }: Permitted, delayMs: number): OutgoingPermit => ({
  permit: { v: 1, type, id, run },
  tenant,
  delaySeconds: Math.min(Math.ceil(delayMs / 1000), LONGEST_DELAY_SECONDS),
});

function noteUnsent(log: Log, { id, type }: Permitted, error: unknown): void {
  const errorCode = describeError(error).code;
  log.warn("Permit not sent; the ticker sends it.", { jobId: id, jobType: type, errorCode });
}
