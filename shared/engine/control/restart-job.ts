import type { FailedJob, PendingJob, RetryingJob } from "../../job/job.ts";
import { restart, runNow } from "../../job/transitions/control.ts";
import type { ControlPorts } from "../control.ts";
import { sendPermit } from "../permit.ts";

/**
 * Begins a failed job's next run, conditional on the run that was seen.
 *
 * @returns `restarted`, `begun` when somebody else has begun that run (its dead letter was redriven, say), or `changed`
 *   when nobody has.
 */
export async function restartJob(ports: ControlPorts, seen: FailedJob): Promise<"restarted" | "begun" | "changed"> {
  const now = ports.clock.now();
  const { isApplied, job } = await ports.store.apply(
    seen.id,
    restart({ type: seen.type, run: seen.run, now, graceMs: ports.permitGraceMs }),
  );
  if (job === undefined || job.run <= seen.run) return "changed";
  // Died here: the row is due after the grace, and the ticker sends the permit.
  if (job.status === "pending") await sendPermit(ports, job, 0);
  // Refused, yet what I meant to write stands on the row: the answer was lost and the client asked again.
  const isMine = isApplied || (job.status === "pending" && job.run === seen.run + 1 && job.updatedAt === now);
  return isMine ? "restarted" : "begun";
}

/**
 * Lets a job run now that waits for its time, or for its next attempt.
 *
 * @returns `changed` when it does not wait any more.
 */
export async function hastenJob(ports: ControlPorts, seen: PendingJob | RetryingJob): Promise<"hastened" | "changed"> {
  const now = ports.clock.now();
  // Due already: all that it can lack is a permit, and `runAt` says since when it has been waiting.
  if (seen.runAt > now) {
    const { isApplied } = await ports.store.apply(seen.id, runNow(now, ports.permitGraceMs));
    if (!isApplied) return "changed";
  }
  // Died here: the row is due after the grace, and the ticker sends the permit.
  await sendPermit(ports, seen, 0);
  return "hastened";
}
