import { dueShardOf } from "../due-shard.ts";
import type { EpochMs, Resolution } from "../job.ts";
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
  readonly jobId: string;
  readonly effect: string;
  readonly decision: { readonly sent: true; readonly receipt: string } | { readonly again: true };
  readonly by: string;
  /** The decision is about the row as it was read: with this epoch and these earlier resolutions. */
  readonly epoch: number;
  readonly resolutions: readonly Resolution[];
  readonly now: EpochMs;
  readonly graceMs: number;
}): Transition {
  const { decision, effect, now } = args;
  const isSent = "sent" in decision;
  const outcome = isSent
    ? { receipt: { id: decision.receipt, at: now, source: "person" } }
    : { ignoreReceiptsBefore: now };
  const resolution: Resolution = { effect, decision: isSent ? "sent" : "again", by: args.by, at: now };
  return move("resolve", {
    condition: [equal("epoch", args.epoch), { path: ["review", "effect"], is: "equal", to: effect }],
    changes: mergeChanges(
      { set: [{ path: ["effects", effect], value: outcome }], add: [], remove: [["review"]] },
      assign({ resolutions: [...args.resolutions, resolution] }),
      readyNow(args.jobId, now, args.graceMs),
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
        cancelRequestedAt: undefined,
      }),
      readyNow(args.jobId, args.now, args.graceMs),
    ),
  });
