import { dueShardOf } from "../due-shard.ts";
import type { EpochMs, NeedsReviewJob, Resolution } from "../job.ts";
import { assign, equal, mergeChanges, move, type Changes, type Transition } from "./transition.ts";
import { expiry } from "./worker-writes.ts";

/** Makes a job ready to run now. `graceMs` is how long the ticker trusts the permit that is sent along with it. */
const readyNow = (jobId: string, now: EpochMs, graceMs: number): Changes =>
  assign({
    runAt: now,
    dueShard: dueShardOf(jobId),
    dueAt: now + graceMs,
    permits: 0,
    attempts: 0,
    updatedAt: now,
  });

/** Ends a job that no worker holds. */
export const cancel = (now: EpochMs): Transition =>
  move("cancel", {
    changes: assign({
      cancelledAt: now,
      runAt: undefined,
      failing: undefined,
      review: undefined,
      dueShard: undefined,
      dueAt: undefined,
      updatedAt: now,
      ...expiry(now),
    }),
  });

/** Asks the worker of a running job to stop before its next step or effect. */
export const requestCancel = (now: EpochMs): Transition => ({
  name: "requestCancel",
  condition: { all: [equal("status", "processing")] },
  changes: assign({ cancelRequestedAt: now, updatedAt: now }),
});

/**
 * A person's answer for the effect that a job waits with. `sent` stands as its receipt; `again` forgets the intent, and
 * receipts from before do not count for the next one. Attempts start anew: a person has looked at it.
 */
export function resolve(args: {
  /** The row as it was read: the decision is about this epoch and no later one. */
  readonly job: NeedsReviewJob;
  readonly decision: { readonly sent: true; readonly receipt: string } | { readonly again: true };
  readonly resolution: Resolution;
  readonly graceMs: number;
}): Transition {
  const { job, decision, resolution, graceMs } = args;
  const { effect, at } = resolution;
  const outcome =
    "sent" in decision ? { receipt: { id: decision.receipt, at, source: "person" } } : { ignoreReceiptsBefore: at };
  return move("resolve", {
    condition: [equal("epoch", job.epoch), { path: ["review", "effect"], is: "equal", to: effect }],
    changes: mergeChanges(
      { set: [{ path: ["effects", effect], value: outcome }], add: [], remove: [["review"]] },
      assign({ resolutions: [...job.resolutions, resolution] }),
      readyNow(job.id, at, graceMs),
    ),
  });
}

/** A replayed dead letter starts the job's next run: attempts anew, steps and effects kept. */
export const restart = (args: {
  readonly jobId: string;
  readonly run: number;
  readonly now: EpochMs;
  readonly graceMs: number;
}): Transition =>
  move("restart", {
    condition: [equal("run", args.run)],
    changes: mergeChanges(
      assign({
        run: args.run + 1,
        failedAt: undefined,
        dlqOwed: undefined,
        expiresAt: undefined,
      }),
      readyNow(args.jobId, args.now, args.graceMs),
    ),
  });
