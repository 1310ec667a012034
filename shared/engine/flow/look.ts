import { describeError } from "../../errors/describe-error.ts";
import { DependencyFailedError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { EpochMs, JobError, WaitingJob } from "../../job/job.ts";
import { isTerminal, type JobStatus } from "../../job/job-state.ts";
import { forgo, stillWaiting, wake } from "../../job/transitions/flow.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { Log } from "../../ports/log.ts";
import { announceEnd } from "./announce-end.ts";
import { statusesOf } from "./dependencies.ts";
import { endingOf } from "./children.ts";

/**
 * A row that is not there: of a batch, whose caller may still be putting it; later, one that has expired. A caller that
 * has not come back after a day never will.
 */
const MISSING_IS_OPEN_MS = 24 * 60 * 60 * 1000;

interface LookPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly permitGraceMs: number;
  readonly definition: Pick<JobDefinition, "retentionDays">;
}

/** What a look at a waiting job's dependencies came to. */
export type Looked =
  /** It may be claimed now. */
  | "ready"
  /** It goes on waiting. */
  | "waiting"
  /** It is given up, or somebody else was faster. */
  | "done";

/**
 * Re-reads the jobs that a waiting one waits for, from their rows, and sets it free if they have ended. Whoever gets a
 * permit for a waiting job does this: the jobs that end send one, and so does the ticker.
 *
 * ```
 * waiting ──┬─ all have ended ─────────────────────────────► pending          (wake)
 *           ├─ one did not complete ──┬─ "fail" ───────────► pending, failing (wake; the claim fails it)
 *           │                         ├─ "cancel" ─────────► cancelled        (forgo)
 *           │                         └─ "wake", a handler ─► pending         (wake)
 *           └─ some have not ──────────────────────────────► waiting, for those that are left
 * ```
 */
export async function lookAtDependencies(ports: LookPorts, job: WaitingJob): Promise<Looked> {
  const { store, clock } = ports;
  const statuses = await statusesOf(store, job.waitingFor);
  const now = clock.now();
  const isMissingOpen = now - job.createdAt < MISSING_IS_OPEN_MS;
  const open = job.waitingFor.filter((id) => {
    const status = statuses.get(id);
    return status === undefined ? isMissingOpen : !isTerminal(status);
  });
  const failed = job.waitingFor.flatMap((id) => failureOf(id, statuses.get(id), { isMissingOpen, now }));
  const { onDependencyFailed = "cancel" } = job;
  const [failure] = onDependencyFailed === "run" ? [] : failed;
  if (failure !== undefined) return giveUp(ports, job, failure);
  if (open.length === 0) return wakeUp(ports, job);
  if (open.length < job.waitingFor.length) {
    // Refused: somebody else has looked, or it is cancelled.
    await store.apply(job.id, stillWaiting({ updatedAt: job.updatedAt, waitingFor: open, now }));
  }
  return "waiting";
}

function failureOf(
  id: string,
  status: JobStatus | undefined,
  { isMissingOpen, now }: { readonly isMissingOpen: boolean; readonly now: EpochMs },
): JobError[] {
  if (status === undefined) return isMissingOpen ? [] : [dependencyFailed(id, "is not there", now)];
  const ending = endingOf(status);
  return ending === undefined ? [] : [dependencyFailed(id, ending, now)];
}

const dependencyFailed = (id: string, ending: string, at: EpochMs): JobError => ({
  ...describeError(new DependencyFailedError(id, ending)),
  at,
});

async function giveUp(ports: LookPorts, job: WaitingJob, error: JobError): Promise<Looked> {
  const { onDependencyFailed = "cancel" } = job;
  if (onDependencyFailed === "wake") return wakeUp(ports, job);
  if (onDependencyFailed === "fail") return wakeUp(ports, job, error);
  const { store, clock, definition } = ports;
  const { type, run } = job;
  const retentionDays = definition.retentionDays?.cancelled;
  const given = await store.apply(job.id, forgo({ type, run, now: clock.now(), error, retentionDays }));
  // Died here: nobody has told those who wait for this one; the ticker has them look.
  if (given.job?.status === "cancelled") await announceEnd(ports, given.job);
  return "done";
}

/** Died after it: pending and due, and the ticker sends the permit. */
async function wakeUp(
  { store, clock, permitGraceMs }: LookPorts,
  { id, run }: WaitingJob,
  failing?: JobError,
): Promise<Looked> {
  await store.apply(id, wake({ run, now: clock.now(), graceMs: permitGraceMs, ...(failing && { failing }) }));
  return "ready"; // refused: somebody else has woken it, and the claim settles who runs it
}
