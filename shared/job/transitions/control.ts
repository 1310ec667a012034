import {
  withSend,
  type EpochMs,
  type FailedJob,
  type NeedsReviewJob,
  type PayloadEdit,
  type Resolution,
} from "../job.ts";
import { dueListOf } from "../job-lists.ts";
import { absent, assign, equal, mergeChanges, move, statusIn, type Changes, type Transition } from "./transition.ts";
import { endedNow } from "./worker-writes.ts";

/** Makes a job ready to run now. `graceMs` is how long the ticker trusts the permit that is sent along with it. */
const readyNow = (type: string, now: EpochMs, graceMs: number): Changes =>
  assign({
    runAt: now,
    dueList: dueListOf(type),
    dueAt: now + graceMs,
    permits: 0,
    attempts: 0,
    updatedAt: now,
  });

/** Ends a job that no worker holds. */
export const cancel = (type: string, now: EpochMs, retentionDays?: number): Transition =>
  move("cancel", {
    condition: [equal("type", type)],
    changes: assign({
      runAt: undefined,
      failing: undefined,
      review: undefined,
      dueList: undefined,
      dueAt: undefined,
      updatedAt: now,
      ...endedNow({ type, status: "cancelled", now, days: retentionDays }),
    }),
  });

/** Gives a failed job up: it is in no list of failed ones any more, and no replay begins it again. */
export const dismiss = (type: string, now: EpochMs, retentionDays?: number): Transition =>
  move("dismiss", {
    condition: [equal("type", type)],
    changes: assign({
      dlqOwed: undefined,
      runAt: undefined,
      dueList: undefined,
      dueAt: undefined,
      updatedAt: now,
      ...endedNow({ type, status: "cancelled", now, days: retentionDays }),
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
  const known = job.effects[effect];
  const earlier = known?.intent === undefined ? {} : { earlier: withSend(known.earlier, known.intent) };
  const outcome =
    "sent" in decision
      ? { ...known, receipt: { id: decision.receipt, at, source: "person" } }
      : { ...earlier, ignoreReceiptsBefore: at };
  return move("resolve", {
    condition: [equal("epoch", job.epoch), { path: ["review", "effect"], is: "equal", to: effect }],
    changes: mergeChanges(
      { set: [{ path: ["effects", effect], value: outcome }], add: [], remove: [["review"]] },
      assign({ resolutions: [...job.resolutions, resolution] }),
      readyNow(job.type, at, graceMs),
    ),
  });
}

/** A job that waits for its time, or for its next attempt, need not wait any longer. */
export const runNow = (now: EpochMs, graceMs: number): Transition => ({
  name: "runNow",
  condition: { all: [statusIn("pending", "retrying"), absent("failing")] },
  changes: assign({ runAt: now, dueAt: now + graceMs, permits: 0, updatedAt: now }),
});

/**
 * Another payload for a failed job's next run. The hash of the first one stays: it is what an enqueue with the same
 * idempotency key is compared with.
 *
 * @param job the row as it was read: the edit is of this payload and no later one.
 * @param content what follows from the payload, by name; `undefined` for what does not any more.
 */
export const editPayload = (
  job: FailedJob,
  content: Readonly<Record<string, unknown>>,
  edit: PayloadEdit,
): Transition => ({
  name: "editPayload",
  condition: { all: [equal("status", "failed"), equal("run", job.run), equal("updatedAt", job.updatedAt)] },
  changes: assign({
    ...content,
    edits: [...(job.edits ?? []), edit],
    // Later than before, also within one millisecond: a second edit of the same reading must be refused.
    updatedAt: Math.max(edit.at, job.updatedAt + 1),
  }),
});

/** A replayed dead letter starts the job's next run: attempts anew, steps and effects kept. */
export const restart = (args: {
  readonly type: string;
  readonly run: number;
  readonly now: EpochMs;
  readonly graceMs: number;
}): Transition =>
  move("restart", {
    condition: [equal("run", args.run)],
    changes: mergeChanges(
      assign({
        run: args.run + 1,
        dlqOwed: undefined,
        endedList: undefined,
        endedAt: undefined,
        expiresAt: undefined,
      }),
      readyNow(args.type, args.now, args.graceMs),
    ),
  });
