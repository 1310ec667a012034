import { IllegalMoveError } from "../errors/job-errors.ts";
import type { Job, Resolution } from "../job/job.ts";
import { cancel, dismiss, requestCancel, resolve } from "../job/transitions/control.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Log } from "../ports/log.ts";
import { announceEnd } from "./flow/announce-end.ts";
import { sendPermit } from "./permit.ts";

export interface ControlPorts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** How long the ticker trusts a permit; see `jobTimes`. */
  readonly permitGraceMs: number;
  /** For how many days a type keeps what was cancelled; the default of all types where it is not given. */
  readonly cancelledDaysOf?: (type: string) => number | undefined;
}

/**
 * Cancels a job: at once when no worker has it, else before its next step or effect. The promise is "no new effect after
 * a cancel"; an effect that has begun is not called back.
 *
 * @throws IllegalMoveError when the job has ended, or does not exist.
 */
export async function cancelJob(ports: ControlPorts, jobId: string): Promise<"cancelled" | "requested"> {
  const { store, clock, cancelledDaysOf } = ports;
  const known = await store.get(jobId);
  if (known === undefined) throw new IllegalMoveError("cancel", jobId, undefined);
  for (;;) {
    const cancelled = await store.apply(jobId, cancel(known.type, clock.now(), cancelledDaysOf?.(known.type)));
    if (cancelled.job?.status === "cancelled") {
      // Died here: those who wait for it look by themselves, when the ticker has them do so.
      await announceEnd(ports, cancelled.job);
      return "cancelled";
    }
    if (cancelled.job?.status !== "processing") throw new IllegalMoveError("cancel", jobId, cancelled.job?.status);
    const requested = await store.apply(jobId, requestCancel(clock.now()));
    if (requested.isApplied) return "requested";
    // Between the two writes its worker has given it back, or ended it: look again.
  }
}

/**
 * Gives a failed job up: it counts as cancelled, and no replay begins it again. Its dead letter means no work any more;
 * `tidyDeadLetters` removes it.
 *
 * @throws IllegalMoveError when the job has not failed.
 */
export async function dismissJob({ store, clock, cancelledDaysOf }: ControlPorts, jobId: string): Promise<Job> {
  const known = await store.get(jobId);
  if (known?.status !== "failed") throw new IllegalMoveError("dismiss", jobId, known?.status);
  const days = cancelledDaysOf?.(known.type);
  const { isApplied, job } = await store.apply(jobId, dismiss(known.type, clock.now(), days));
  // Refused, yet it is cancelled: the answer was lost and the client asked again.
  if (job === undefined || !(isApplied || job.status === "cancelled")) {
    throw new IllegalMoveError("dismiss", jobId, job?.status);
  }
  return job;
}

/** A person's word on an effect: it happened, with the other side's id of it; or it is to be done again. */
export type Decision = { readonly sent: true; readonly receipt: string } | { readonly again: true };

/**
 * A person's word on the effect of a `needs_review` job: it was sent (with what receipt), or it is to be sent again.
 * Kept on the row with who said it and when. The job then goes on.
 *
 * @throws IllegalMoveError when the job does not wait for a person's word on this effect.
 */
export async function resolveJob(
  ports: ControlPorts,
  jobId: string,
  effect: string,
  decision: Decision,
  by: string,
): Promise<Job> {
  const job = await ports.store.get(jobId);
  if (job?.status !== "needs_review") throw new IllegalMoveError("resolve", jobId, job?.status);
  const mine: Resolution = { effect, decision: "sent" in decision ? "sent" : "again", by, at: ports.clock.now() };
  const applied = await ports.store.apply(
    jobId,
    resolve({ job, decision, resolution: mine, graceMs: ports.permitGraceMs }),
  );
  // Refused, yet mine stands on the row: the answer was lost and the client asked again.
  const isMine = applied.isApplied || isSame(applied.job?.resolutions[job.resolutions.length], mine);
  if (applied.job === undefined || !isMine) {
    throw new IllegalMoveError(`resolve of effect "${effect}"`, jobId, applied.job?.status);
  }
  // Died here: the row is due after the grace, and the ticker sends the permit.
  await sendPermit(ports, job, 0);
  return applied.job;
}

function isSame(one: Resolution | undefined, other: Resolution): boolean {
  return one?.effect === other.effect && one.decision === other.decision && one.by === other.by && one.at === other.at;
}
