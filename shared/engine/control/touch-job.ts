import { IllegalMoveError } from "../../errors/job-errors.ts";
import type { Job } from "../../job/job.ts";
import { cancelJob, type ControlPorts } from "../control.ts";
import { sendPermit } from "../permit.ts";
import type { BulkAction } from "./bulk-filter.ts";
import type { BulkResult } from "./bulk-operation.ts";
import { hastenJob, restartJob } from "./restart-job.ts";

/** Does a bulk operation's action to one job, as it was read. */
export function touchJob(ports: ControlPorts, action: BulkAction, job: Job): Promise<BulkResult> {
  switch (action) {
    case "replay":
      return replay(ports, job);
    case "retry":
      return retry(ports, job);
    case "cancel":
      return cancelOne(ports, job.id);
  }
}

async function replay(ports: ControlPorts, job: Job): Promise<BulkResult> {
  if (job.status !== "failed") return "skipped";
  return (await restartJob(ports, job)) === "restarted" ? "restarted" : "skipped";
}

async function retry(ports: ControlPorts, job: Job): Promise<BulkResult> {
  if (job.status !== "pending" && job.status !== "retrying") return "skipped";
  return (await hastenJob(ports, job)) === "hastened" ? "hastened" : "skipped";
}

async function cancelOne(ports: ControlPorts, jobId: string): Promise<BulkResult> {
  try {
    return await cancelJob(ports, jobId);
  } catch (error) {
    if (error instanceof IllegalMoveError) return "skipped"; // it has ended meanwhile
    throw error;
  }
}

/**
 * The same for a job of a chunk whose process died: perhaps it was touched, perhaps not. The run that stands in the
 * chunk says so.
 */
export async function touchAgain(
  ports: ControlPorts,
  action: BulkAction,
  { run, job }: { readonly run: number; readonly job: Job | undefined },
): Promise<BulkResult> {
  if (job === undefined) return "skipped";
  switch (action) {
    case "replay":
      if (job.run === run) return touchJob(ports, action, job);
      // Died between restart and permit, perhaps: sent now, it need not wait for the ticker.
      if (job.run === run + 1 && job.status === "pending") await sendPermit(ports, job, 0);
      return "restarted";
    case "retry":
      return job.run === run ? touchJob(ports, action, job) : "skipped";
    case "cancel":
      if (job.status === "cancelled") return "cancelled";
      // In another run: somebody has replayed it since, and wants it.
      return job.run === run ? touchJob(ports, action, job) : "skipped";
  }
}
