import { IllegalMoveError } from "../../errors/job-errors.ts";
import type { Job } from "../../job/job.ts";
import type { ControlPorts } from "../control.ts";
import { hastenJob, restartJob } from "./restart-job.ts";

/**
 * Lets a job run now: a failed one begins its next run (all attempts anew, steps and effects kept), one that waits for
 * its time or its next attempt need not wait any longer. After a lost answer, call it again: a job that has been
 * restarted is not restarted twice.
 *
 * @throws IllegalMoveError when the job is running, has ended otherwise, waits for a person, waits for the receipt of an
 *   effect before it fails, or does not exist.
 */
export async function retryJob(ports: ControlPorts, jobId: string): Promise<"restarted" | "hastened"> {
  const seen = await ports.store.get(jobId);
  if (seen?.status === "failed" && (await restartJob(ports, seen)) !== "changed") return "restarted";
  if ((seen?.status === "pending" || seen?.status === "retrying") && !isHeld(seen)) {
    if ((await hastenJob(ports, seen)) === "hastened" || (await hasGoneOn(ports, seen))) return "hastened";
  }
  throw new IllegalMoveError("retry", jobId, (await ports.store.get(jobId))?.status);
}

/** Its final failure is held back until the receipts of its open effects had time to come in. */
export const isHeld = (job: Job): boolean => "failing" in job && job.failing !== undefined;

/** Between read and write a worker has taken it: it need not be hastened any more. */
async function hasGoneOn({ store }: ControlPorts, seen: Job): Promise<boolean> {
  const job = await store.get(seen.id);
  return job !== undefined && job.epoch > seen.epoch;
}
